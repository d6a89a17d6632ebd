// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/crc32.h"

#include <array>
#include <bit>
#include <cstring>

namespace vcisr::tensorfile {
namespace {

// Slicing by 8: table[k][b] is the checksum of byte b followed by k zero bytes.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t crc = tables[k - 1][b];
      tables[k][b] = (crc >> 8) ^ tables[0][crc & 255];
    }
  }
  return tables;
}();

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
  static_assert(std::endian::native == std::endian::little);
  std::uint32_t crc = ~seed;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    word ^= crc;
    crc = kTables[7][word & 255] ^ kTables[6][(word >> 8) & 255] ^ kTables[5][(word >> 16) & 255] ^
          kTables[4][(word >> 24) & 255] ^ kTables[3][(word >> 32) & 255] ^
          kTables[2][(word >> 40) & 255] ^ kTables[1][(word >> 48) & 255] ^ kTables[0][word >> 56];
  }
  for (; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ bytes[i]) & 255];
  return ~crc;
}

}  // namespace vcisr::tensorfile
