// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_metadata.h"
#include "media/image_opencv.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kRiffHeaderBytes = 12;
constexpr std::size_t kChunkHeaderBytes = 8;
/// OpenCV refuses files that are shorter, which tiny pictures are.
constexpr std::size_t kMinOpencvBytes = 32;

enum Flag : std::uint8_t {
  kAnimation = 0x02,
  kXmp = 0x04,
  kExif = 0x08,
  kAlpha = 0x10,
  kIcc = 0x20
};

struct Chunk {
  std::string_view type;
  ByteSpan data;
};

/// What the bitstream's own header says.
struct Stream {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool has_alpha = false;
};

[[noreturn]] void fail_damaged(const std::string& name, const std::string& why) {
  throw InputError(name + ": is a damaged WebP file: " + why);
}

std::vector<Chunk> parse_chunks(ByteSpan bytes, const std::string& name) {
  const std::size_t size = std::size_t{load_u32_le(bytes, 4)} + 8;
  if (size > bytes.size()) {
    throw InputError(name + ": is a truncated WebP file: " + std::to_string(bytes.size()) + " of " +
                     std::to_string(size) + " bytes are there");
  }
  bytes = bytes.first(size);
  std::vector<Chunk> chunks;
  std::size_t at = kRiffHeaderBytes;
  while (at < bytes.size() && bytes.size() - at >= kChunkHeaderBytes) {
    const std::size_t length = load_u32_le(bytes, at + 4);
    if (bytes.size() - at - kChunkHeaderBytes < length) fail_damaged(name, "a chunk is cut");
    chunks.push_back({{reinterpret_cast<const char*>(bytes.data()) + at, 4},
                      bytes.subspan(at + kChunkHeaderBytes, length)});
    at += kChunkHeaderBytes + length + length % 2;
  }
  return chunks;
}

std::optional<Stream> parse_stream(const Chunk& chunk) {
  const auto data = chunk.data;
  if (chunk.type == "VP8 " && data.size() >= 10 && has_text(data, 3, "\x9D\x01\x2A")) {
    return Stream{load_u16_le(data, 6) & 0x3FFF, load_u16_le(data, 8) & 0x3FFF, false};
  }
  if (chunk.type == "VP8L" && data.size() >= 5 && data[0] == 0x2F) {
    const auto bits = load_u32_le(data, 1);
    return Stream{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, (bits >> 28 & 1) != 0};
  }
  return std::nullopt;
}

void append_chunk(Bytes& out, std::string_view type, ByteSpan data) {
  append(out, type);
  append_u32_le(out, static_cast<std::uint32_t>(data.size()));
  append(out, data);
  if (data.size() % 2 != 0) out.push_back(0);
}

/// The extended form of a file: VP8X and ICC first, then the picture, then EXIF and XMP.
Bytes extend(const std::vector<Chunk>& chunks, const Stream& stream,
             const ImageMetadata& metadata) {
  int flags = stream.has_alpha ? kAlpha : 0;
  for (const auto& chunk : chunks) {
    if (chunk.type == "ALPH") flags |= kAlpha;
  }
  if (!metadata.icc.empty()) flags |= kIcc;
  if (!metadata.exif.empty()) flags |= kExif;
  if (!metadata.xmp.empty()) flags |= kXmp;
  Bytes extended;
  append_u32_le(extended, static_cast<std::uint32_t>(flags));
  append_u24_le(extended, static_cast<std::uint32_t>(stream.width - 1));
  append_u24_le(extended, static_cast<std::uint32_t>(stream.height - 1));

  Bytes body;
  append(body, "WEBP");
  append_chunk(body, "VP8X", extended);
  if (!metadata.icc.empty()) append_chunk(body, "ICCP", metadata.icc);
  for (const auto& chunk : chunks) {
    if (chunk.type == "ALPH" || chunk.type == "VP8 " || chunk.type == "VP8L") {
      append_chunk(body, chunk.type, chunk.data);
    }
  }
  if (!metadata.exif.empty()) append_chunk(body, "EXIF", metadata.exif);
  if (!metadata.xmp.empty()) append_chunk(body, "XMP ", metadata.xmp);
  Bytes out;
  append_chunk(out, "RIFF", body);
  return out;
}

}  // namespace

DecodedImage decode_webp(ByteSpan bytes, const std::string& name) {
  std::optional<Stream> stream;
  ImageMetadata metadata;
  for (const auto& chunk : parse_chunks(bytes, name)) {
    const bool is_animated =
        chunk.type == "VP8X" && !chunk.data.empty() && (chunk.data[0] & kAnimation) != 0;
    if (is_animated || chunk.type == "ANIM" || chunk.type == "ANMF") {
      throw InputError(name + ": is an animated WebP file, still ones are read");
    }
    if (!stream) stream = parse_stream(chunk);
    if (chunk.type == "ICCP") take_icc(metadata, {chunk.data.begin(), chunk.data.end()}, name);
    if (chunk.type == "EXIF") take_exif(metadata, chunk.data, name);
    if (chunk.type == "XMP ") take_xmp(metadata, chunk.data, name);
  }
  if (!stream) fail_damaged(name, "it holds no picture");
  check_image_size(static_cast<std::uint64_t>(stream->width),
                   static_cast<std::uint64_t>(stream->height), name);
  Bytes padded;
  if (bytes.size() < kMinOpencvBytes) {
    padded.assign(bytes.begin(), bytes.end());
    padded.resize(kMinOpencvBytes);
    bytes = padded;
  }
  DecodedImage decoded;
  decoded.image = decode_with_opencv(bytes, stream->width, stream->height, name);
  decoded.image.metadata = std::move(metadata);
  decoded.orientation = exif_orientation(decoded.image.metadata.exif);
  return decoded;
}

Bytes encode_webp(const Image& image, const ImageMetadata& metadata,
                  const ImageWriteOptions& options, const std::string& name) {
  // OpenCV takes a quality beyond 100 for lossless.
  const int quality = options.lossless_webp ? 101 : options.quality;
  auto plain = encode_with_opencv(".webp", image, {cv::IMWRITE_WEBP_QUALITY, quality}, name);
  if (metadata.icc.empty() && metadata.exif.empty() && metadata.xmp.empty()) return plain;
  if (plain.size() < kRiffHeaderBytes) throw OutputError(name + ": OpenCV made no WebP file");
  const auto chunks = parse_chunks(plain, name);
  for (const auto& chunk : chunks) {
    if (const auto stream = parse_stream(chunk)) return extend(chunks, *stream, metadata);
  }
  throw OutputError(name + ": OpenCV made a WebP file without a picture");
}

}  // namespace vcisr::media
