// SPDX-License-Identifier: Apache-2.0
// TIFF is read through libtiff itself: OpenCV turns pictures by their orientation unasked, takes
// CMYK for RGBA and loses the alpha of grey pictures.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_metadata.h"
#include "media/image_tiff.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"

namespace vcisr::media {
namespace {

enum class Alpha { kNone, kStraight, kPremultiplied };

struct TiffForm {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 1;
  std::uint16_t file_channels = 1;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  int color_channels = 1;  ///< In the picture: 1 or 3.
  Alpha alpha = Alpha::kNone;
  bool is_planar = false;
  bool is_tiled = false;
  bool is_converted = false;  ///< libtiff makes 8-bit RGBA of it.
  std::array<const std::uint16_t*, 3> palette = {};

  [[nodiscard]] int channels() const { return color_channels + (alpha == Alpha::kNone ? 0 : 1); }
  [[nodiscard]] int depth() const { return bits > 8 && !is_converted ? 16 : 8; }
  [[nodiscard]] bool has_palette() const { return photometric == PHOTOMETRIC_PALETTE; }
};

[[noreturn]] void fail_damaged(const TiffMemory& memory, const std::string& name) {
  throw InputError(name + ": is a truncated or damaged TIFF file" +
                   (memory.error.empty() ? "" : ": " + memory.error));
}

/// Colours that are read, or a sentence about what to do.
void parse_photometric(TIFF* tiff, TiffForm& form, const std::string& name) {
  std::uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  switch (form.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      form.color_channels = 1;
      return;
    case PHOTOMETRIC_RGB:
      form.color_channels = 3;
      return;
    case PHOTOMETRIC_PALETTE: {
      std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
      if (form.bits > 8 || !TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) {
        throw InputError(name + ": is a damaged TIFF file: its palette is missing");
      }
      form.palette = {red, green, blue};
      form.color_channels = 3;
      return;
    }
    case PHOTOMETRIC_SEPARATED:
      throw InputError(name + ": is a CMYK TIFF file, which is not read; convert it to RGB");
    case PHOTOMETRIC_YCBCR:
      form.color_channels = 3;
      if (compression == COMPRESSION_JPEG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      } else {
        form.is_converted = true;
      }
      return;
    default:
      throw InputError(name + ": is a TIFF file with colours of a kind that is not read (number " +
                       std::to_string(form.photometric) + "); convert it to RGB");
  }
}

void parse_extra_channels(TIFF* tiff, TiffForm& form, const std::string& name) {
  const int in_file = form.has_palette() ? 1 : form.color_channels;
  const int extra = form.file_channels - in_file;
  if (extra < 0) throw InputError(name + ": is a damaged TIFF file: it has too few channels");
  if (extra == 0 || form.is_converted) return;
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  const std::uint16_t kind =
      count > 0 && kinds != nullptr ? kinds[0] : std::uint16_t{EXTRASAMPLE_UNSPECIFIED};
  // OpenCV and others write alpha without saying so.
  const bool is_untold_alpha = kind == EXTRASAMPLE_UNSPECIFIED && extra == 1;
  if (kind == EXTRASAMPLE_UNASSALPHA || is_untold_alpha) form.alpha = Alpha::kStraight;
  if (kind == EXTRASAMPLE_ASSOCALPHA) form.alpha = Alpha::kPremultiplied;
  if (extra > (form.alpha == Alpha::kNone ? 0 : 1)) {
    log::warn(name + ": its channels beyond colour and alpha are left out");
  }
}

TiffForm parse_form(TIFF* tiff, const std::string& name) {
  TiffForm form;
  std::uint16_t planar = PLANARCONFIG_CONTIG;
  std::uint16_t format = SAMPLEFORMAT_UINT;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &form.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &form.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &form.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &form.file_channels);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  check_image_size(form.width, form.height, name);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &form.photometric)) {
    form.photometric = form.file_channels >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
    throw InputError(name + ": is a TIFF file with " + std::to_string(form.bits) + "-bit " +
                     (format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex") +
                     " samples, which are not read; convert it to 16-bit integers");
  }
  if (form.bits < 1 || form.bits > 16) {
    throw InputError(name + ": is a TIFF file with " + std::to_string(form.bits) +
                     "-bit samples, 1 to 16 are read; convert it to 16 bits");
  }
  parse_photometric(tiff, form, name);
  parse_extra_channels(tiff, form, name);
  form.is_planar = planar == PLANARCONFIG_SEPARATE && form.file_channels > 1;
  form.is_tiled = TIFFIsTiled(tiff) != 0;
  return form;
}

/// From rows as libtiff decodes them (packed, 16 bits in native order) to samples.
class SampleWriter {
 public:
  SampleWriter(const TiffForm& form, Image& image) : form_(form), image_(image) {
    allocate_image(image, form.width, form.height, form.channels(), form.depth());
    for (const auto* map : form.palette) {
      if (map == nullptr) continue;
      // Entries have 16 bits, but old writers fill only 8.
      for (unsigned i = 0; i < 1u << form.bits; ++i) is_wide_palette_ |= map[i] > 255;
    }
  }

  /// `columns` pixels of a row, of all channels or (plane >= 0) of one.
  void write(ByteSpan row, std::uint32_t y, std::uint32_t x0, std::uint32_t columns, int plane) {
    const int stride = plane < 0 ? form_.file_channels : 1;
    const int first = std::max(plane, 0);
    const int last = plane < 0 ? file_channels_used() : std::min(plane + 1, file_channels_used());
    for (std::uint32_t x = 0; x < columns; ++x) {
      const std::size_t pixel =
          (std::size_t{y} * form_.width + x0 + x) * static_cast<std::size_t>(image_.channels);
      for (int c = first; c < last; ++c) {
        const std::size_t index = std::size_t{x} * static_cast<std::size_t>(stride) +
                                  static_cast<std::size_t>(plane < 0 ? c : 0);
        const std::uint32_t value = sample(row, index);
        if (form_.has_palette() && c == 0) {
          for (std::size_t k = 0; k < 3; ++k) {
            const std::uint32_t entry = form_.palette[k][value];
            store(pixel + k, is_wide_palette_ ? entry >> 8 : entry);
          }
        } else {
          const int target = form_.has_palette() ? 3 : c;
          store(pixel + static_cast<std::size_t>(target), to_full_range(value, c));
        }
      }
    }
  }

  /// Straight alpha has the colour itself: undoes the multiplication, rounded.
  void undo_premultiplication() {
    if (form_.alpha != Alpha::kPremultiplied) return;
    const std::uint32_t max = form_.depth() == 16 ? 65535 : 255;
    const auto channels = static_cast<std::size_t>(image_.channels);
    const std::size_t samples = image_.samples.size() / (form_.depth() == 16 ? 2 : 1);
    for (std::size_t pixel = 0; pixel < samples; pixel += channels) {
      const std::uint32_t alpha = load(pixel + channels - 1);
      if (alpha == 0 || alpha == max) continue;
      for (std::size_t c = 0; c + 1 < channels; ++c) {
        const std::uint64_t value = std::uint64_t{load(pixel + c)} * max + alpha / 2;
        store(pixel + c, static_cast<std::uint32_t>(std::min<std::uint64_t>(max, value / alpha)));
      }
    }
  }

 private:
  /// Color channels in the file, and alpha if there is one.
  [[nodiscard]] int file_channels_used() const {
    return form_.has_palette() ? form_.channels() - 2 : form_.channels();
  }
  [[nodiscard]] std::uint32_t sample(ByteSpan row, std::size_t index) const {
    if (form_.bits == 8) return row[index];
    if (form_.bits == 16) {
      std::uint16_t value = 0;
      std::memcpy(&value, row.data() + 2 * index, sizeof value);
      return value;
    }
    std::uint32_t value = 0;
    for (std::size_t bit = index * form_.bits; bit < (index + 1) * form_.bits; ++bit) {
      value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1u);
    }
    return value;
  }
  [[nodiscard]] std::uint32_t to_full_range(std::uint32_t value, int channel) const {
    const std::uint32_t max = form_.depth() == 16 ? 65535 : 255;
    const std::uint32_t file_max = (1u << form_.bits) - 1;
    if (form_.photometric == PHOTOMETRIC_MINISWHITE && channel == 0) value = file_max - value;
    return file_max == max ? value : (value * max + file_max / 2) / file_max;
  }
  [[nodiscard]] std::uint32_t load(std::size_t index) const {
    if (image_.bit_depth == 8) return image_.samples[index];
    std::uint16_t value = 0;
    std::memcpy(&value, image_.samples.data() + 2 * index, sizeof value);
    return value;
  }
  void store(std::size_t index, std::uint32_t value) {
    if (image_.bit_depth == 8) {
      image_.samples[index] = static_cast<std::uint8_t>(value);
      return;
    }
    const auto narrow = static_cast<std::uint16_t>(value);
    std::memcpy(image_.samples.data() + 2 * index, &narrow, sizeof narrow);
  }

  const TiffForm& form_;
  Image& image_;
  bool is_wide_palette_ = false;
};

void read_rows(TIFF* tiff, const TiffForm& form, TiffMemory& memory, SampleWriter& writer,
               const std::string& name) {
  Bytes row(static_cast<std::size_t>(TIFFScanlineSize64(tiff)));
  const int planes = form.is_planar ? form.file_channels : 1;
  const std::size_t needed =
      (std::size_t{form.width} * form.bits * (form.is_planar ? 1u : form.file_channels) + 7) / 8;
  if (row.size() < needed) fail_damaged(memory, name);
  for (int plane = 0; plane < planes; ++plane) {
    for (std::uint32_t y = 0; y < form.height; ++y) {
      if (TIFFReadScanline(tiff, row.data(), y, static_cast<std::uint16_t>(plane)) < 0) {
        fail_damaged(memory, name);
      }
      writer.write(row, y, 0, form.width, form.is_planar ? plane : -1);
    }
  }
}

void read_tiles(TIFF* tiff, const TiffForm& form, TiffMemory& memory, SampleWriter& writer,
                const std::string& name) {
  std::uint32_t tile_width = 0;
  std::uint32_t tile_height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  const auto row_bytes = static_cast<std::size_t>(TIFFTileRowSize64(tiff));
  const std::uint64_t tile_bytes = TIFFTileSize64(tiff);
  const std::size_t needed =
      (std::size_t{tile_width} * form.bits * (form.is_planar ? 1u : form.file_channels) + 7) / 8;
  if (tile_width == 0 || tile_height == 0 || row_bytes < needed ||
      tile_bytes / row_bytes < tile_height) {
    fail_damaged(memory, name);
  }
  if (std::uint64_t{tile_width} * tile_height > std::uint64_t{kMaxImagePixels}) {
    throw InputError(name + ": is a TIFF file with tiles that are too large to be read");
  }
  Bytes tile(tile_bytes);
  const int planes = form.is_planar ? form.file_channels : 1;
  for (int plane = 0; plane < planes; ++plane) {
    for (std::uint64_t y0 = 0; y0 < form.height; y0 += tile_height) {
      for (std::uint64_t x0 = 0; x0 < form.width; x0 += tile_width) {
        const auto x = static_cast<std::uint32_t>(x0);
        const auto y = static_cast<std::uint32_t>(y0);
        if (TIFFReadTile(tiff, tile.data(), x, y, 0, static_cast<std::uint16_t>(plane)) < 0) {
          fail_damaged(memory, name);
        }
        const std::uint32_t rows = std::min(tile_height, form.height - y);
        for (std::uint32_t r = 0; r < rows; ++r) {
          writer.write(ByteSpan(tile).subspan(r * row_bytes, row_bytes), y + r, x,
                       std::min(tile_width, form.width - x), form.is_planar ? plane : -1);
        }
      }
    }
  }
}

/// YCbCr that is not JPEG inside: libtiff's own conversion, as it lies in the file.
void read_converted(TIFF* tiff, const TiffForm& form, TiffMemory& memory, int orientation,
                    Image& image, const std::string& name) {
  allocate_image(image, form.width, form.height, 3, 8);
  std::vector<std::uint32_t> raster(std::size_t{form.width} * form.height);
  if (TIFFReadRGBAImageOriented(tiff, form.width, form.height, raster.data(), orientation, 1) ==
      0) {
    fail_damaged(memory, name);
  }
  for (std::size_t i = 0; i < raster.size(); ++i) {
    image.samples[3 * i] = static_cast<std::uint8_t>(TIFFGetR(raster[i]));
    image.samples[3 * i + 1] = static_cast<std::uint8_t>(TIFFGetG(raster[i]));
    image.samples[3 * i + 2] = static_cast<std::uint8_t>(TIFFGetB(raster[i]));
  }
}

void read_metadata(TIFF* tiff, ByteSpan bytes, ImageMetadata& metadata, const std::string& name) {
  std::uint32_t size = 0;
  const void* data = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &data) && data != nullptr) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    take_icc(metadata, Bytes(first, first + size), name);
  }
  if (TIFFGetField(tiff, TIFFTAG_XMLPACKET, &size, &data) && data != nullptr) {
    take_xmp(metadata, ByteSpan(static_cast<const std::uint8_t*>(data), size), name);
  }
  if (const auto exif = extract_exif(bytes)) metadata.exif = build_exif(*exif);
}

void warn_of_more_pages(TIFF* tiff, const std::string& name) {
  while (TIFFReadDirectory(tiff) != 0) {
    std::uint32_t subfile = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &subfile);
    if ((subfile & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0) continue;
    log::warn(name + ": is a TIFF file with several pages, of which only the first is read");
    return;
  }
}

}  // namespace

DecodedImage decode_tiff(ByteSpan bytes, const std::string& name) {
  TiffMemory memory;
  memory.input = bytes;
  const auto tiff = open_tiff(memory, name, "rm");
  if (!tiff) fail_damaged(memory, name);
  const auto form = parse_form(tiff.get(), name);
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  if (orientation < 1 || orientation > 8) orientation = ORIENTATION_TOPLEFT;
  DecodedImage decoded;
  decoded.orientation = orientation;
  memory.error.clear();
  if (form.is_converted) {
    read_converted(tiff.get(), form, memory, orientation, decoded.image, name);
  } else {
    SampleWriter writer(form, decoded.image);
    (form.is_tiled ? read_tiles : read_rows)(tiff.get(), form, memory, writer, name);
    writer.undo_premultiplication();
  }
  read_metadata(tiff.get(), bytes, decoded.image.metadata, name);
  warn_of_more_pages(tiff.get(), name);
  return decoded;
}

}  // namespace vcisr::media
