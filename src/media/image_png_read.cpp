// SPDX-License-Identifier: Apache-2.0
// PNG is decoded here, on zlib: OpenCV 4.6 loses the transparency of grey pictures and lets libpng
// write its warnings (every odd colour profile has one) to stderr.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <zlib.h>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_png.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

/// The picture's bytes, a row after the other, out of the data chunks.
class RowReader {
 public:
  RowReader(const std::vector<ByteSpan>& data, const std::string& name) : data_(data), name_(name) {
    if (inflateInit(&stream_) != Z_OK) throw InputError(name + ": zlib cannot be started");
  }
  ~RowReader() { inflateEnd(&stream_); }
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  void read(std::span<std::uint8_t> row) {
    for (std::size_t done = 0; done < row.size();) {
      if (stream_.avail_in == 0 && next_ < data_.size()) {
        stream_.next_in = const_cast<Bytef*>(data_[next_].data());
        stream_.avail_in = static_cast<uInt>(data_[next_].size());
        ++next_;
        continue;
      }
      const auto part = std::min<std::size_t>(row.size() - done, std::numeric_limits<uInt>::max());
      stream_.next_out = row.data() + done;
      stream_.avail_out = static_cast<uInt>(part);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += part - stream_.avail_out;
      if (status == Z_STREAM_END && done < row.size())
        fail_damaged_png(name_, "it has too few rows");
      if (status == Z_BUF_ERROR) fail_truncated_png(name_);
      if (status != Z_OK && status != Z_STREAM_END) {
        fail_damaged_png(name_, "its rows do not decompress");
      }
    }
  }

 private:
  const std::vector<ByteSpan>& data_;
  const std::string& name_;
  std::size_t next_ = 0;
  z_stream stream_{};
};

/// Undoes a row's filter in place. `above` is the row above, of the same size, zeros at first;
/// `pixel` the bytes from a sample to its left neighbour.
bool unfilter(int filter, std::span<std::uint8_t> row, ByteSpan above, std::size_t pixel) {
  const std::size_t size = row.size();
  const std::size_t head = std::min(pixel, size);
  const auto add = [](std::uint8_t a, int b) { return static_cast<std::uint8_t>(a + b); };
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (std::size_t i = pixel; i < size; ++i) row[i] = add(row[i], row[i - pixel]);
      return true;
    case 2:
      for (std::size_t i = 0; i < size; ++i) row[i] = add(row[i], above[i]);
      return true;
    case 3:
      for (std::size_t i = 0; i < head; ++i) row[i] = add(row[i], above[i] / 2);
      for (std::size_t i = pixel; i < size; ++i) {
        row[i] = add(row[i], (row[i - pixel] + above[i]) / 2);
      }
      return true;
    case 4:
      for (std::size_t i = 0; i < head; ++i) row[i] = add(row[i], above[i]);
      for (std::size_t i = pixel; i < size; ++i) {
        row[i] = add(row[i], png_paeth(row[i - pixel], above[i], above[i - pixel]));
      }
      return true;
    default:
      return false;
  }
}

/// From a row of the file to samples.
class PixelWriter {
 public:
  PixelWriter(const PngChunks& chunks, const std::string& name, Image& image)
      : header_(chunks.header), palette_(chunks.palette), image_(image) {
    auto transparency = chunks.transparency;
    const int type = header_.color_type;
    if (type == kPngPalette && (palette_.empty() || palette_.size() % 3 != 0)) {
      fail_damaged_png(name, "it has no palette");
    }
    if (type == kPngPalette) {
      alpha_ = transparency;
    } else if ((type == kPngGray && transparency.size() >= 2) ||
               (type == kPngRgb && transparency.size() >= 6)) {
      const auto mask = static_cast<std::uint32_t>((1 << header_.bit_depth) - 1);
      for (std::size_t i = 0; i < (type == kPngGray ? 1u : 3u); ++i) {
        key_.push_back(load_u16_be(transparency, 2 * i) & mask);
      }
    }
    has_key_ = !key_.empty() || !alpha_.empty();
    const int channels = (type == kPngPalette ? 3 : header_.file_channels()) + (has_key_ ? 1 : 0);
    allocate_image(image, header_.width, header_.height, channels,
                   header_.bit_depth == 16 ? 16 : 8);
  }

  /// Columns x0, x0 + step, … of row y.
  void write(ByteSpan row, std::int64_t y, std::int64_t x0, std::int64_t step,
             std::int64_t columns) {
    const std::size_t pixel =
        static_cast<std::size_t>(image_.channels) * (image_.bit_depth == 16 ? 2 : 1);
    auto* out = image_.samples.data() + static_cast<std::size_t>(y * header_.width + x0) * pixel;
    const std::size_t stride = pixel * static_cast<std::size_t>(step);
    if (!has_key_ && step == 1 && header_.color_type != kPngPalette && header_.bit_depth >= 8) {
      return copy_row(row, out);
    }
    for (std::int64_t x = 0; x < columns; ++x, out += stride) {
      const auto column = static_cast<std::size_t>(x);
      if (header_.color_type == kPngPalette) {
        write_palette(sample(row, column), out);
      } else if (header_.bit_depth == 16) {
        write_pixel<std::uint16_t>(row, column, out);
      } else {
        write_pixel<std::uint8_t>(row, column, out);
      }
    }
  }

 private:
  /// Sample `index` of a row, as it stands in the file.
  [[nodiscard]] std::uint32_t sample(ByteSpan row, std::size_t index) const {
    if (header_.bit_depth == 8) return row[index];
    if (header_.bit_depth == 16) return load_u16_be(row, 2 * index);
    const auto depth = static_cast<std::size_t>(header_.bit_depth);
    const std::size_t bit = index * depth;
    const auto shift = static_cast<unsigned>(8 - depth - bit % 8);
    return static_cast<std::uint32_t>(row[bit / 8] >> shift) & ((1u << depth) - 1);
  }

  void copy_row(ByteSpan row, std::uint8_t* out) const {
    if (header_.bit_depth == 8) {
      std::memcpy(out, row.data(), row.size());
      return;
    }
    for (std::size_t i = 0; i + 1 < row.size(); i += 2) {
      const auto value = static_cast<std::uint16_t>(load_u16_be(row, i));
      std::memcpy(out + i, &value, sizeof value);
    }
  }

  void write_palette(std::uint32_t index, std::uint8_t* out) const {
    // An index beyond the palette is black, as libpng has it.
    const bool is_inside = 3 * index + 2 < palette_.size();
    for (std::size_t c = 0; c < 3; ++c) out[c] = is_inside ? palette_[3 * index + c] : 0;
    if (!alpha_.empty()) out[3] = index < alpha_.size() ? alpha_[index] : 255;
  }

  template <class T>
  void write_pixel(ByteSpan row, std::size_t column, std::uint8_t* out) const {
    const auto channels = static_cast<std::size_t>(header_.file_channels());
    // Samples of 1, 2 and 4 bits fill 8 bits exactly: 255 is a multiple of 1, 3 and 15.
    const std::uint32_t scale = header_.bit_depth < 8 ? 255u / ((1u << header_.bit_depth) - 1) : 1;
    bool is_key = !key_.empty();
    std::array<T, 4> values{};
    for (std::size_t c = 0; c < channels; ++c) {
      const auto value = sample(row, column * channels + c);
      if (is_key && value != key_[c]) is_key = false;
      values[c] = static_cast<T>(value * scale);
    }
    if (!key_.empty()) values[channels] = is_key ? T{0} : std::numeric_limits<T>::max();
    std::memcpy(out, values.data(), sizeof(T) * (channels + (key_.empty() ? 0 : 1)));
  }

  const PngHeader& header_;
  ByteSpan palette_;
  ByteSpan alpha_;                  // of the palette's entries
  std::vector<std::uint32_t> key_;  // the one transparent value
  bool has_key_ = false;
  Image& image_;
};

struct Pass {
  std::int64_t x0, y0, step_x, step_y;
};
constexpr std::array<Pass, 7> kInterlaced = {{{0, 0, 8, 8},
                                              {4, 0, 8, 8},
                                              {0, 4, 4, 8},
                                              {2, 0, 4, 4},
                                              {0, 2, 2, 4},
                                              {1, 0, 2, 2},
                                              {0, 1, 1, 2}}};
constexpr std::array<Pass, 1> kPlain = {{{0, 0, 1, 1}}};

void read_pass(const Pass& pass, const PngHeader& header, RowReader& reader, PixelWriter& writer,
               const std::string& name) {
  const std::int64_t columns = (header.width - pass.x0 + pass.step_x - 1) / pass.step_x;
  if (columns <= 0) return;
  const std::size_t pixel =
      static_cast<std::size_t>(std::max(1, header.file_channels() * header.bit_depth / 8));
  // A filter byte, then the row.
  Bytes row(header.row_bytes(columns) + 1);
  Bytes above(row.size());
  for (std::int64_t y = pass.y0; y < header.height; y += pass.step_y) {
    reader.read(row);
    const auto samples = std::span<std::uint8_t>(row).subspan(1);
    if (!unfilter(row[0], samples, ByteSpan(above).subspan(1), pixel)) {
      fail_damaged_png(name, "a row has a filter that PNG does not know");
    }
    writer.write(samples, y, pass.x0, pass.step_x, columns);
    std::swap(row, above);
  }
}

}  // namespace

DecodedImage decode_png(ByteSpan bytes, const std::string& name) {
  auto chunks = parse_png_chunks(bytes, name);
  if (chunks.data.empty()) fail_damaged_png(name, "it has no pixels");
  // Deflate makes at most 1032 bytes of one: a small file that promises more is not believed.
  std::uint64_t compressed = 0;
  for (const auto data : chunks.data) compressed += data.size();
  const auto& header = chunks.header;
  if (header.row_bytes(header.width) * static_cast<std::uint64_t>(header.height) / 1032 >
      compressed) {
    fail_damaged_png(name, "it has too few rows");
  }
  DecodedImage decoded;
  PixelWriter writer(chunks, name, decoded.image);
  RowReader reader(chunks.data, name);
  const auto passes =
      header.is_interlaced ? std::span<const Pass>(kInterlaced) : std::span<const Pass>(kPlain);
  for (const auto& pass : passes) read_pass(pass, header, reader, writer, name);
  decoded.image.metadata = std::move(chunks.metadata);
  decoded.orientation = exif_orientation(decoded.image.metadata.exif);
  return decoded;
}

}  // namespace vcisr::media
