// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <optional>

#include "media/image_codec.h"
#include "media/image_exif.h"
#include "media/image_tiff.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kStripBytes = std::size_t{1} << 20;

[[noreturn]] void fail(const TiffMemory& memory, const std::string& name) {
  throw OutputError(name + ": cannot be encoded as TIFF: " +
                    (memory.error.empty() ? "libtiff gives no reason" : memory.error));
}

std::size_t sample_bytes(const Image& image) { return image.bit_depth == 16 ? 2 : 1; }

/// True if libtiff took every tag.
bool set_tags(TIFF* tiff, const Image& image, const ImageMetadata& metadata,
              std::uint32_t rows_per_strip) {
  const bool has_deflate = TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE) != 0;
  bool is_set = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width)) &&
                TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height)) &&
                TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, image.bit_depth) &&
                TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, image.channels) &&
                TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) &&
                TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
                TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT) &&
                TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                             image.is_gray() ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB) &&
                TIFFSetField(tiff, TIFFTAG_COMPRESSION,
                             has_deflate ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_LZW) &&
                TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) &&
                TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows_per_strip);
  if (image.has_alpha()) {
    const std::uint16_t kind = EXTRASAMPLE_UNASSALPHA;
    is_set = is_set && TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (!metadata.icc.empty()) {
    is_set = is_set &&
             TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(metadata.icc.size()),
                          metadata.icc.data());
  }
  if (!metadata.xmp.empty()) {
    is_set = is_set &&
             TIFFSetField(tiff, TIFFTAG_XMLPACKET, static_cast<std::uint32_t>(metadata.xmp.size()),
                          metadata.xmp.data());
  }
  return is_set;
}

}  // namespace

bool needs_big_tiff(const Image& image) {
  // Compressed data may be somewhat larger than the samples, and metadata come on top.
  constexpr std::uint64_t kClassicBytes = 0xF0000000u;
  return static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height) *
             static_cast<std::uint64_t>(image.channels) * sample_bytes(image) >
         kClassicBytes;
}

Bytes encode_tiff(const Image& image, const ImageMetadata& metadata, const std::string& name) {
  // EXIF entries go over as they are, so the file takes their byte order.
  const auto exif = needs_big_tiff(image) ? std::nullopt : extract_exif(metadata.exif);
  std::string mode = "w";
  if (needs_big_tiff(image)) {
    mode += '8';
  } else if (exif) {
    mode += exif->big_endian ? 'b' : 'l';
  } else {
    mode += std::endian::native == std::endian::big ? 'b' : 'l';
  }
  Bytes out;
  TiffMemory memory;
  memory.output = &out;
  {
    const auto tiff = open_tiff(memory, name, mode.c_str());
    if (!tiff) fail(memory, name);
    const std::size_t row_bytes = static_cast<std::size_t>(image.width) *
                                  static_cast<std::size_t>(image.channels) * sample_bytes(image);
    const std::size_t rows_per_strip =
        std::clamp<std::size_t>(kStripBytes / row_bytes, 1, static_cast<std::size_t>(image.height));
    if (!set_tags(tiff.get(), image, metadata, static_cast<std::uint32_t>(rows_per_strip))) {
      fail(memory, name);
    }
    Bytes strip;  // a copy, because libtiff swaps bytes in place
    std::uint32_t index = 0;
    for (std::size_t at = 0; at < image.samples.size(); at += rows_per_strip * row_bytes) {
      const auto part =
          ByteSpan(image.samples)
              .subspan(at, std::min(rows_per_strip * row_bytes, image.samples.size() - at));
      strip.assign(part.begin(), part.end());
      if (TIFFWriteEncodedStrip(tiff.get(), index++, strip.data(),
                                static_cast<tmsize_t>(strip.size())) < 0) {
        fail(memory, name);
      }
    }
    if (TIFFFlush(tiff.get()) == 0) fail(memory, name);
  }
  if (exif && !add_exif_to_tiff(out, *exif)) {
    throw OutputError(name + ": the EXIF data cannot be added to the TIFF file");
  }
  return out;
}

}  // namespace vcisr::media
