// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vcisr::media {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

/// Integers of files by their byte order. The caller has checked that offset + size fits.
inline std::uint32_t load_u16_be(ByteSpan bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(bytes[offset]) << 8 | bytes[offset + 1];
}
inline std::uint32_t load_u16_le(ByteSpan bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(bytes[offset + 1]) << 8 | bytes[offset];
}
inline std::uint32_t load_u32_be(ByteSpan bytes, std::size_t offset) {
  return load_u16_be(bytes, offset) << 16 | load_u16_be(bytes, offset + 2);
}
inline std::uint32_t load_u32_le(ByteSpan bytes, std::size_t offset) {
  return load_u16_le(bytes, offset + 2) << 16 | load_u16_le(bytes, offset);
}
inline std::uint32_t load_u24_le(ByteSpan bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(bytes[offset + 2]) << 16 | load_u16_le(bytes, offset);
}

inline void append_u16_be(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void append_u32_be(Bytes& out, std::uint32_t value) {
  append_u16_be(out, value >> 16);
  append_u16_be(out, value & 0xFFFF);
}
inline void append_u16_le(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8));
}
inline void append_u24_le(Bytes& out, std::uint32_t value) {
  append_u16_le(out, value & 0xFFFF);
  out.push_back(static_cast<std::uint8_t>(value >> 16));
}
inline void append_u32_le(Bytes& out, std::uint32_t value) {
  append_u16_le(out, value & 0xFFFF);
  append_u16_le(out, value >> 16);
}
inline void append(Bytes& out, ByteSpan bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void append(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

/// True if `bytes` has `text` at `offset`; false past the end.
inline bool has_text(ByteSpan bytes, std::size_t offset, std::string_view text) {
  if (offset > bytes.size() || bytes.size() - offset < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (bytes[offset + i] != static_cast<std::uint8_t>(text[i])) return false;
  }
  return true;
}

}  // namespace vcisr::media
