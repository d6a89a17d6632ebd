// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "media/image_codec.h"
#include "media/image_metadata.h"
#include "media/image_png.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"

namespace vcisr::media {
namespace {

PngHeader parse_header(ByteSpan data, const std::string& name) {
  if (data.size() != 13) fail_damaged_png(name, "its header has a wrong size");
  PngHeader header;
  header.width = load_u32_be(data, 0);
  header.height = load_u32_be(data, 4);
  header.bit_depth = data[8];
  header.color_type = data[9];
  header.is_interlaced = data[12] == 1;
  const int depth = header.bit_depth;
  const bool is_small = depth == 1 || depth == 2 || depth == 4;
  bool is_valid = false;
  switch (header.color_type) {
    case kPngGray:
      is_valid = is_small || depth == 8 || depth == 16;
      break;
    case kPngPalette:
      is_valid = is_small || depth == 8;
      break;
    case kPngRgb:
    case kPngGrayAlpha:
    case kPngRgbAlpha:
      is_valid = depth == 8 || depth == 16;
      break;
    default:
      break;
  }
  if (!is_valid || data[10] != 0 || data[11] != 0 || data[12] > 1) {
    fail_damaged_png(name, "its header has values that PNG does not know");
  }
  check_image_size(load_u32_be(data, 0), load_u32_be(data, 4), name);
  return header;
}

/// Ends at the size limit, so that a small file cannot make a huge blob.
std::optional<Bytes> inflate_blob(ByteSpan compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  Bytes out;
  std::array<std::uint8_t, 16384> buffer{};
  stream.next_in = const_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  int status = Z_OK;
  while (status == Z_OK && out.size() <= kMaxMetadataBytes) {
    stream.next_out = buffer.data();
    stream.avail_out = buffer.size();
    status = inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), buffer.begin(),
               buffer.begin() + static_cast<std::ptrdiff_t>(buffer.size() - stream.avail_out));
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return out;
}

/// Splits at the next zero byte; nothing if there is none.
std::optional<ByteSpan> take_text(ByteSpan& rest) {
  const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0});
  if (end == rest.end()) return std::nullopt;
  const auto length = static_cast<std::size_t>(end - rest.begin());
  const auto text = rest.first(length);
  rest = rest.subspan(length + 1);
  return text;
}

void parse_profile(ByteSpan data, PngChunks& chunks, const std::string& name) {
  if (!take_text(data) || data.empty() || data[0] != 0) {
    return warn_left_out(name, "ICC profile", "its chunk is cut");
  }
  auto icc = inflate_blob(data.subspan(1));
  if (!icc) return warn_left_out(name, "ICC profile", "it does not decompress");
  take_icc(chunks.metadata, std::move(*icc), name);
}

void parse_text(ByteSpan data, PngChunks& chunks, const std::string& name) {
  const auto keyword = take_text(data);
  if (!keyword || keyword->size() != sizeof(kPngXmpKeyword) - 1 ||
      !has_text(*keyword, 0, kPngXmpKeyword)) {
    return;
  }
  if (data.size() < 2) return warn_left_out(name, "XMP", "its chunk is cut");
  const bool is_compressed = data[0] == 1;
  data = data.subspan(2);
  if (!take_text(data) || !take_text(data)) {  // language, translated keyword
    return warn_left_out(name, "XMP", "its chunk is cut");
  }
  if (!is_compressed) return take_xmp(chunks.metadata, data, name);
  const auto text = inflate_blob(data);
  if (!text) return warn_left_out(name, "XMP", "it does not decompress");
  take_xmp(chunks.metadata, *text, name);
}

void parse_ancillary(std::string_view type, ByteSpan data, PngChunks& chunks,
                     const std::string& name) {
  if (type == "iCCP") parse_profile(data, chunks, name);
  if (type == "eXIf") take_exif(chunks.metadata, data, name);
  if (type == "iTXt") parse_text(data, chunks, name);
  if (type == "tRNS") chunks.transparency = data;
  if (type == "acTL") log::warn(name + ": is an animated PNG, of which only its still is read");
}

}  // namespace

void fail_damaged_png(const std::string& name, const std::string& why) {
  throw InputError(name + ": is a damaged PNG file: " + why);
}

void fail_truncated_png(const std::string& name) {
  throw InputError(name + ": is a truncated PNG file: its end is missing");
}

PngChunks parse_png_chunks(ByteSpan bytes, const std::string& name) {
  PngChunks chunks;
  bool is_first = true;
  for (std::size_t at = kPngSignature.size();;) {
    if (bytes.size() - at < 12) fail_truncated_png(name);
    const std::size_t length = load_u32_be(bytes, at);
    if (bytes.size() - at - 12 < length) fail_truncated_png(name);
    if (length > 0x7FFFFFFF) fail_damaged_png(name, "a chunk has an impossible length");
    const std::string_view type(reinterpret_cast<const char*>(bytes.data()) + at + 4, 4);
    const auto data = bytes.subspan(at + 8, length);
    const auto checksum = crc32(0, bytes.data() + at + 4, static_cast<uInt>(length + 4));
    const bool is_sound = checksum == load_u32_be(bytes, at + 8 + length);
    const bool is_critical = (type[0] & 0x20) == 0;
    at += 12 + length;
    if (is_critical && !is_sound) fail_damaged_png(name, "a checksum does not fit");
    if (is_first && type != "IHDR") fail_damaged_png(name, "it does not start with a header");
    if (is_first) chunks.header = parse_header(data, name);
    is_first = false;
    if (type == "IEND") break;
    if (type == "PLTE") {
      chunks.palette = data;
    } else if (type == "IDAT") {
      chunks.data.push_back(data);
    } else if (is_critical && type != "IHDR") {
      fail_damaged_png(name, "it needs a chunk that is not known");
    } else if (!is_critical && is_sound) {
      parse_ancillary(type, data, chunks, name);
    } else if (!is_critical) {
      warn_left_out(name, "chunk " + std::string(type), "its checksum does not fit");
    }
  }
  return chunks;
}

}  // namespace vcisr::media
