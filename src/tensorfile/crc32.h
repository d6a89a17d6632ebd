// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace vcisr::tensorfile {

/// The zip format's checksum; `seed` is the result for the bytes before, 0 at the start.
[[nodiscard]] std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);

}  // namespace vcisr::tensorfile
