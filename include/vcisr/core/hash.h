// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace vcisr {

/// XXH3 64-bit: cache keys and journals, not security.
[[nodiscard]] std::uint64_t xxh3_64(std::span<const std::uint8_t> bytes) noexcept;

/// SHA-256 of a file's bytes, lower-case hex. Memory flat. Errors  InputError.
[[nodiscard]] std::string sha256_file(const std::filesystem::path& path);

/// SHA-256 of bytes, lower-case hex.
[[nodiscard]] std::string sha256(std::span<const std::uint8_t> bytes);

}  // namespace vcisr
