// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace vcisr::trainers {

/// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

/// The form in which TFRecord stores it: rotated right by 15 bits, plus 0xa282ead8.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace vcisr::trainers
