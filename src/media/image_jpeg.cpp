// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include <opencv2/imgcodecs.hpp>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_metadata.h"
#include "media/image_opencv.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::string_view kExifName("Exif\0\0", 6);
constexpr std::string_view kXmpName("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::string_view kIccName("ICC_PROFILE\0", 12);

enum Marker : int {
  kHuffmanTables = 0xC4,
  kExtension = 0xC8,
  kArithmeticTables = 0xCC,
  kRestart0 = 0xD0,
  kRestart7 = 0xD7,
  kEndOfImage = 0xD9,
  kStartOfScan = 0xDA,
  kApp0 = 0xE0,
  kApp1 = 0xE1,
  kApp2 = 0xE2,
  kAdobe = 0xEE,
  kApp15 = 0xEF,
  kComment = 0xFE,
};

struct JpegFile {
  std::int64_t width = 0;
  std::int64_t height = 0;
  ImageMetadata metadata;
  Bytes pixels;  ///< The file without its metadata, up to its end marker.
};

[[noreturn]] void fail_truncated(const std::string& name) {
  throw InputError(name + ": is a truncated JPEG file: its end is missing");
}

/// An ICC profile in parts, each with its number and the number of parts.
class IccParts {
 public:
  void add(ByteSpan part) {
    if (part.size() < 2 || part[0] == 0 || part[0] > part[1] ||
        (count_ != 0 && count_ != part[1])) {
      is_damaged_ = true;
      return;
    }
    count_ = part[1];
    parts_[part[0]] = part.subspan(2);
  }
  void take(ImageMetadata& metadata, const std::string& name) const {
    if (parts_.empty() && !is_damaged_) return;
    if (is_damaged_ || parts_.size() != count_) {
      return warn_left_out(name, "ICC profile", "parts of it are missing");
    }
    Bytes icc;
    for (const auto& [number, part] : parts_) append(icc, part);
    take_icc(metadata, std::move(icc), name);
  }

 private:
  std::map<int, ByteSpan> parts_;
  std::size_t count_ = 0;
  bool is_damaged_ = false;
};

bool is_frame_header(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != kHuffmanTables && marker != kExtension &&
         marker != kArithmeticTables;
}

void parse_frame_header(int marker, ByteSpan data, JpegFile& file, const std::string& name) {
  if (data.size() < 6) throw InputError(name + ": is a damaged JPEG file: its header is cut");
  const bool is_sequential_or_progressive =
      marker <= 0xC2 || marker == 0xC9 || marker == 0xCA;  // Huffman or arithmetic
  if (!is_sequential_or_progressive || data[0] != 8) {
    throw InputError(name + ": is a JPEG file with " + std::to_string(data[0]) +
                     "-bit or lossless coding, which is not read; convert it to PNG");
  }
  if (data[5] == 4) {
    throw InputError(name + ": is a CMYK JPEG file, which is not read; convert it to RGB");
  }
  if (data[5] != 1 && data[5] != 3) {
    throw InputError(name + ": is a JPEG file with " + std::to_string(data[5]) +
                     " colour components, 1 or 3 are read");
  }
  file.height = load_u16_be(data, 1);
  file.width = load_u16_be(data, 3);
  check_image_size(static_cast<std::uint64_t>(file.width), static_cast<std::uint64_t>(file.height),
                   name);
}

/// Where the next marker after a scan's data begins: 0xFF and no stuffing, restart or fill byte.
std::size_t end_of_scan(ByteSpan bytes, std::size_t at, const std::string& name) {
  while (true) {
    const void* found =
        at < bytes.size() ? std::memchr(bytes.data() + at, 0xFF, bytes.size() - at) : nullptr;
    if (found == nullptr) fail_truncated(name);
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
    if (at + 1 >= bytes.size()) fail_truncated(name);
    const int next = bytes[at + 1];
    if (next != 0 && next != 0xFF && (next < kRestart0 || next > kRestart7)) return at;
    at += next == 0xFF ? 1 : 2;
  }
}

/// Reads a metadata segment; true if the decoder need not see it. libjpeg needs APP0 and Adobe's
/// APP14 to tell the colour model, and would print warnings of others to stderr.
bool take_segment(int marker, ByteSpan data, JpegFile& file, IccParts& icc,
                  const std::string& name) {
  if (marker == kApp1 && has_text(data, 0, kExifName) && file.metadata.exif.empty()) {
    take_exif(file.metadata, data, name);
  } else if (marker == kApp1 && has_text(data, 0, kXmpName) && file.metadata.xmp.empty()) {
    take_xmp(file.metadata, data.subspan(kXmpName.size()), name);
  } else if (marker == kApp2 && has_text(data, 0, kIccName)) {
    icc.add(data.subspan(kIccName.size()));
  }
  return (marker > kApp0 && marker <= kApp15 && marker != kAdobe) || marker == kComment;
}

JpegFile parse_jpeg(ByteSpan bytes, const std::string& name) {
  JpegFile file;
  IccParts icc;
  file.pixels.reserve(bytes.size());
  append(file.pixels, bytes.first(2));
  bool has_scan = false;
  for (std::size_t at = 2;;) {
    // To the next marker; stray and fill bytes before it are dropped.
    while (at + 1 < bytes.size() &&
           (bytes[at] != 0xFF || bytes[at + 1] == 0xFF || bytes[at + 1] == 0)) {
      ++at;
    }
    if (at + 1 >= bytes.size()) fail_truncated(name);
    const int marker = bytes[at + 1];
    if (marker == kEndOfImage) break;
    if (marker == 0x01 || (marker >= kRestart0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    if (bytes.size() - at < 4) fail_truncated(name);
    const std::size_t length = load_u16_be(bytes, at + 2);
    if (length < 2) throw InputError(name + ": is a damaged JPEG file: a segment has no length");
    if (bytes.size() - at - 2 < length) fail_truncated(name);
    const auto data = bytes.subspan(at + 4, length - 2);
    if (is_frame_header(marker) && file.width == 0) parse_frame_header(marker, data, file, name);
    std::size_t end = at + 2 + length;
    if (marker == kStartOfScan) {
      has_scan = true;
      end = end_of_scan(bytes, end, name);
    }
    if (!take_segment(marker, data, file, icc, name)) {
      append(file.pixels, bytes.subspan(at, end - at));
    }
    at = end;
  }
  if (file.width == 0 || !has_scan) {
    throw InputError(name + ": is a damaged JPEG file: it holds no picture");
  }
  icc.take(file.metadata, name);
  file.pixels.insert(file.pixels.end(), {0xFF, kEndOfImage});
  return file;
}

void append_segment(Bytes& out, int marker, std::string_view segment_name, ByteSpan data) {
  out.push_back(0xFF);
  out.push_back(static_cast<std::uint8_t>(marker));
  append_u16_be(out, static_cast<std::uint32_t>(2 + segment_name.size() + data.size()));
  append(out, segment_name);
  append(out, data);
}

void append_icc(Bytes& out, ByteSpan icc) {
  const std::size_t count = (icc.size() + kMaxJpegIccPartBytes - 1) / kMaxJpegIccPartBytes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rest = icc.subspan(i * kMaxJpegIccPartBytes);
    Bytes part = {static_cast<std::uint8_t>(i + 1), static_cast<std::uint8_t>(count)};
    append(part, rest.first(std::min(rest.size(), kMaxJpegIccPartBytes)));
    append_segment(out, kApp2, kIccName, part);
  }
}

}  // namespace

DecodedImage decode_jpeg(ByteSpan bytes, const std::string& name) {
  auto file = parse_jpeg(bytes, name);
  DecodedImage decoded;
  decoded.image = decode_with_opencv(file.pixels, file.width, file.height, name);
  decoded.image.metadata = std::move(file.metadata);
  decoded.orientation = exif_orientation(decoded.image.metadata.exif);
  return decoded;
}

Bytes encode_jpeg(const Image& image, const ImageMetadata& metadata, int quality,
                  const std::string& name) {
  const auto plain = encode_with_opencv(".jpg", image, {cv::IMWRITE_JPEG_QUALITY, quality}, name);
  // Metadata follow the JFIF segment that libjpeg writes first.
  std::size_t head = 2;
  if (has_text(plain, 2, "\xFF\xE0")) head = 4 + load_u16_be(plain, 4);
  if (head > plain.size()) throw OutputError(name + ": OpenCV made a JPEG file without a header");
  Bytes out(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(head));
  if (!metadata.exif.empty()) append_segment(out, kApp1, kExifName, metadata.exif);
  if (!metadata.xmp.empty()) append_segment(out, kApp1, kXmpName, metadata.xmp);
  if (!metadata.icc.empty()) append_icc(out, metadata.icc);
  append(out, ByteSpan(plain).subspan(head));
  return out;
}

}  // namespace vcisr::media
