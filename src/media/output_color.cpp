// SPDX-License-Identifier: Apache-2.0
#include "media/output_color.h"

#include "media/av_ptr.h"

namespace vcisr::media {
namespace {

int matrix_tag(ColorMatrix matrix) {
  switch (matrix) {
    case ColorMatrix::kBt601:
      return AVCOL_SPC_SMPTE170M;
    case ColorMatrix::kBt709:
      return AVCOL_SPC_BT709;
    case ColorMatrix::kBt2020:
      return AVCOL_SPC_BT2020_NCL;
    case ColorMatrix::kFcc:
      return AVCOL_SPC_FCC;
    case ColorMatrix::kSmpte240m:
      return AVCOL_SPC_SMPTE240M;
  }
  return AVCOL_SPC_UNSPECIFIED;
}

OutputColor to_rgb(const VideoInfo& source, bool is_source_rgb) {
  OutputColor color{source.tags, source.color, ""};
  color.spec.range = ColorRange::kFull;
  if (is_source_rgb) {
    color.spec.range = source.color.range;
    return color;
  }
  color.tags.matrix = AVCOL_SPC_RGB;
  color.tags.range = AVCOL_RANGE_JPEG;
  color.tags.chroma_location = AVCHROMA_LOC_UNSPECIFIED;
  return color;
}

OutputColor from_rgb(const VideoInfo& source, std::int64_t width, std::int64_t height) {
  OutputColor color{source.tags, {}, ""};
  color.tags.matrix = AVCOL_SPC_UNSPECIFIED;
  color.tags.range = AVCOL_RANGE_MPEG;
  color.tags.chroma_location = AVCHROMA_LOC_UNSPECIFIED;
  color.spec = resolve_color(color.tags, width, height).spec;
  color.tags.matrix = matrix_tag(color.spec.matrix);
  color.note = "the film's RGB is written as YUV, " + describe(color.spec);
  return color;
}

}  // namespace

OutputColor choose_output_color(const VideoInfo& source, const PixelFormat& format,
                                bool is_full_range_only, std::int64_t width, std::int64_t height) {
  const bool is_source_rgb = source.format.layout == PixelLayout::kRgb;
  if (format.layout == PixelLayout::kRgb) return to_rgb(source, is_source_rgb);
  OutputColor color{source.tags, source.color, ""};
  if (is_source_rgb) {
    color = from_rgb(source, width, height);
  } else if (source.matrix_guessed &&
             resolve_color(source.tags, width, height).spec.matrix != source.color.matrix) {
    color.tags.matrix = matrix_tag(source.color.matrix);
    color.note = "the output is tagged " + describe(source.color) +
                 ", because its size would suggest another colour matrix";
  }
  if (format.layout != source.format.layout && format.layout != PixelLayout::kYuv420) {
    color.tags.chroma_location = AVCHROMA_LOC_UNSPECIFIED;
  }
  if (is_full_range_only) {
    color.tags.range = AVCOL_RANGE_JPEG;
    color.spec.range = ColorRange::kFull;
  }
  return color;
}

}  // namespace vcisr::media
