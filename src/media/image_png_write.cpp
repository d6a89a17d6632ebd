// SPDX-License-Identifier: Apache-2.0
// PNG is encoded here, on zlib: OpenCV 4.6 writes grey with alpha as RGBA and no metadata.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "media/image_codec.h"
#include "media/image_png.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kDataChunkBytes = std::size_t{1} << 18;

void append_chunk(Bytes& out, std::string_view type, ByteSpan data) {
  append_u32_be(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = out.size();
  append(out, type);
  append(out, data);
  const auto checksum = crc32(0, out.data() + start, static_cast<uInt>(out.size() - start));
  append_u32_be(out, static_cast<std::uint32_t>(checksum));
}

void append_header(Bytes& out, const Image& image) {
  constexpr std::array<std::uint8_t, 5> kColorTypes = {0, kPngGray, kPngGrayAlpha, kPngRgb,
                                                       kPngRgbAlpha};
  Bytes data;
  append_u32_be(data, static_cast<std::uint32_t>(image.width));
  append_u32_be(data, static_cast<std::uint32_t>(image.height));
  data.push_back(static_cast<std::uint8_t>(image.bit_depth));
  data.push_back(kColorTypes[static_cast<std::size_t>(image.channels)]);
  data.insert(data.end(), {0, 0, 0});  // deflate, adaptive filters, not interlaced
  append_chunk(out, "IHDR", data);
}

void append_metadata(Bytes& out, const ImageMetadata& metadata, const std::string& name) {
  if (!metadata.icc.empty()) {
    auto size = compressBound(static_cast<uLong>(metadata.icc.size()));
    Bytes data;
    append(data, std::string_view("ICC Profile\0\0", 13));  // name, deflate
    const std::size_t head = data.size();
    data.resize(head + size);
    if (compress2(data.data() + head, &size, metadata.icc.data(),
                  static_cast<uLong>(metadata.icc.size()), 9) != Z_OK) {
      throw OutputError(name + ": the ICC profile cannot be compressed");
    }
    data.resize(head + size);
    append_chunk(out, "iCCP", data);
  }
  if (!metadata.exif.empty()) append_chunk(out, "eXIf", metadata.exif);
  if (!metadata.xmp.empty()) {
    Bytes data;
    append(data, std::string_view(kPngXmpKeyword));
    data.insert(data.end(), {0, 0, 0, 0, 0});  // not compressed, no language, no translation
    append(data, metadata.xmp);
    append_chunk(out, "iTXt", data);
  }
}

/// Deflates what it is given into data chunks.
class DataWriter {
 public:
  DataWriter(Bytes& out, int level, const std::string& name) : out_(out), name_(name) {
    const int strategy = level == 0 ? Z_DEFAULT_STRATEGY : Z_FILTERED;
    if (deflateInit2(&stream_, level, Z_DEFLATED, 15, 9, strategy) != Z_OK) {
      throw OutputError(name + ": zlib cannot be started");
    }
    stream_.next_out = buffer_.data();
    stream_.avail_out = static_cast<uInt>(buffer_.size());
  }
  ~DataWriter() { deflateEnd(&stream_); }
  DataWriter(const DataWriter&) = delete;
  DataWriter& operator=(const DataWriter&) = delete;

  void write(ByteSpan bytes) {
    while (!bytes.empty()) {
      const auto part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream_.next_in = const_cast<Bytef*>(bytes.data());
      stream_.avail_in = static_cast<uInt>(part);
      while (stream_.avail_in > 0) step(Z_NO_FLUSH);
      bytes = bytes.subspan(part);
    }
  }
  void finish() {
    while (step(Z_FINISH) != Z_STREAM_END) continue;
    flush_chunk();
  }

 private:
  int step(int flush) {
    const int status = deflate(&stream_, flush);
    if (status == Z_STREAM_ERROR) throw OutputError(name_ + ": the pixels cannot be compressed");
    if (stream_.avail_out == 0) flush_chunk();
    return status;
  }
  void flush_chunk() {
    const std::size_t size = buffer_.size() - stream_.avail_out;
    if (size > 0) append_chunk(out_, "IDAT", ByteSpan(buffer_).first(size));
    stream_.next_out = buffer_.data();
    stream_.avail_out = static_cast<uInt>(buffer_.size());
  }

  Bytes& out_;
  const std::string& name_;
  Bytes buffer_ = Bytes(kDataChunkBytes);
  z_stream stream_{};
};

/// A row through one of the five filters, the filter's number first.
void filter_row(int filter, ByteSpan row, ByteSpan above, std::size_t pixel, Bytes& out) {
  out[0] = static_cast<std::uint8_t>(filter);
  auto* to = out.data() + 1;
  const std::size_t size = row.size();
  const std::size_t head = std::min(pixel, size);
  const auto sub = [](std::uint8_t a, int b) { return static_cast<std::uint8_t>(a - b); };
  switch (filter) {
    case 1:
      std::copy_n(row.begin(), head, to);
      for (std::size_t i = pixel; i < size; ++i) to[i] = sub(row[i], row[i - pixel]);
      break;
    case 2:
      for (std::size_t i = 0; i < size; ++i) to[i] = sub(row[i], above[i]);
      break;
    case 3:
      for (std::size_t i = 0; i < head; ++i) to[i] = sub(row[i], above[i] / 2);
      for (std::size_t i = pixel; i < size; ++i) {
        to[i] = sub(row[i], (row[i - pixel] + above[i]) / 2);
      }
      break;
    case 4:
      for (std::size_t i = 0; i < head; ++i) to[i] = sub(row[i], above[i]);
      for (std::size_t i = pixel; i < size; ++i) {
        to[i] = sub(row[i], png_paeth(row[i - pixel], above[i], above[i - pixel]));
      }
      break;
    default:
      std::copy(row.begin(), row.end(), to);
  }
}

/// How far the filtered bytes, taken as signed, are from zero: what deflates well is small.
std::uint64_t cost(ByteSpan filtered) {
  std::uint64_t sum = 0;
  for (const std::uint8_t value : filtered) {
    sum += static_cast<std::uint64_t>(value < 128 ? value : 256 - value);
  }
  return sum;
}

/// Rows as the file has them: 16-bit samples with the high byte first.
void load_row(const Image& image, std::size_t y, Bytes& row) {
  const auto* from = image.samples.data() + y * row.size();
  if (image.bit_depth == 8) {
    std::memcpy(row.data(), from, row.size());
    return;
  }
  for (std::size_t i = 0; i < row.size(); i += 2) {
    std::uint16_t value = 0;
    std::memcpy(&value, from + i, sizeof value);
    row[i] = static_cast<std::uint8_t>(value >> 8);
    row[i + 1] = static_cast<std::uint8_t>(value);
  }
}

}  // namespace

Bytes encode_png(const Image& image, const ImageMetadata& metadata, int compression,
                 const std::string& name) {
  Bytes out(kPngSignature.begin(), kPngSignature.end());
  append_header(out, image);
  append_metadata(out, metadata, name);
  const std::size_t pixel =
      static_cast<std::size_t>(image.channels) * (image.bit_depth == 16 ? 2 : 1);
  Bytes row(static_cast<std::size_t>(image.width) * pixel);
  Bytes above(row.size());
  Bytes best(row.size() + 1);
  Bytes candidate(row.size() + 1);
  DataWriter writer(out, compression, name);
  for (std::int64_t y = 0; y < image.height; ++y) {
    load_row(image, static_cast<std::size_t>(y), row);
    filter_row(compression == 0 ? 0 : 1, row, above, pixel, best);
    auto best_cost = cost(ByteSpan(best).subspan(1));
    for (const int filter : {2, 3, 4, 0}) {
      if (compression == 0) break;
      filter_row(filter, row, above, pixel, candidate);
      const auto candidate_cost = cost(ByteSpan(candidate).subspan(1));
      if (candidate_cost < best_cost) {
        std::swap(best, candidate);
        best_cost = candidate_cost;
      }
    }
    writer.write(best);
    std::swap(row, above);
  }
  writer.finish();
  append_chunk(out, "IEND", {});
  return out;
}

}  // namespace vcisr::media
