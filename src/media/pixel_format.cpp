// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/pixel_format.h"

#include <algorithm>
#include <bit>

#include "media/av_pixel_format.h"

namespace vcisr::media {
namespace {

constexpr std::uint64_t kUnreadable = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER;

bool is_rgb(const AVPixFmtDescriptor& description) {
  return (description.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

/// Depths that FFmpeg has formats for.
int rounded_depth(int depth, bool is_float) {
  if (is_float) return 16;
  for (const int known : {8, 9, 10, 12, 14, 16}) {
    if (depth <= known) return known;
  }
  return 16;
}

PixelLayout nearest_layout(const AVPixFmtDescriptor& description) {
  if (is_rgb(description)) return PixelLayout::kRgb;
  if (description.nb_components < 3) return PixelLayout::kGray;
  const int x = description.log2_chroma_w;
  const int y = description.log2_chroma_h;
  if (x == 1 && y == 1) return PixelLayout::kYuv420;
  if (x == 1 && y == 0) return PixelLayout::kYuv422;
  return PixelLayout::kYuv444;  // 4:4:4, and 4:1:1, 4:1:0, 4:4:0, whose chroma is enlarged
}

}  // namespace

std::string name(const PixelFormat& format) {
  static constexpr const char* kBases[] = {"gray", "yuv420p", "yuv422p", "yuv444p", "gbrp"};
  std::string text = kBases[static_cast<int>(format.layout)];
  if (format.bit_depth == 8) return text;
  text += std::to_string(format.bit_depth);
  return text + (std::endian::native == std::endian::little ? "le" : "be");
}

std::optional<PixelFormat> parse_pixel_format(std::string_view ffmpeg_name) {
  const AVPixelFormat format = av_get_pix_fmt(std::string(ffmpeg_name).c_str());
  if (format == AV_PIX_FMT_NONE || is_full_range_twin(format)) return std::nullopt;
  const auto planes = planes_in_place(format);
  // Formats with alpha share our planes, but are not ours.
  if (!planes || to_av(*planes) != format) return std::nullopt;
  return planes;
}

AVPixelFormat to_av(const PixelFormat& format) { return av_get_pix_fmt(name(format).c_str()); }

bool is_full_range_twin(AVPixelFormat format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
         format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
         format == AV_PIX_FMT_YUVJ411P;
}

std::optional<PixelFormat> planes_in_place(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  if (description == nullptr || (description->flags & kUnreadable) != 0) return std::nullopt;
  const auto nearest = nearest_format(format);
  if (!nearest) return std::nullopt;
  const AVPixFmtDescriptor* ours = av_pix_fmt_desc_get(to_av(*nearest));
  if (ours == nullptr || description->nb_components < ours->nb_components) return std::nullopt;
  constexpr std::uint64_t kSame = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PLANAR |
                                  AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_FLOAT |
                                  AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL;
  const bool is_gray = nearest->layout == PixelLayout::kGray;
  const std::uint64_t relevant = is_gray ? kSame & ~std::uint64_t{AV_PIX_FMT_FLAG_PLANAR} : kSame;
  if ((description->flags & relevant) != (ours->flags & relevant)) return std::nullopt;
  if (!is_gray && (description->log2_chroma_w != ours->log2_chroma_w ||
                   description->log2_chroma_h != ours->log2_chroma_h)) {
    return std::nullopt;
  }
  for (int i = 0; i < ours->nb_components; ++i) {
    const AVComponentDescriptor& a = description->comp[i];
    const AVComponentDescriptor& b = ours->comp[i];
    if (a.plane != b.plane || a.step != b.step || a.offset != b.offset || a.shift != b.shift ||
        a.depth != b.depth) {
      return std::nullopt;
    }
  }
  return nearest;
}

std::optional<PixelFormat> nearest_format(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  if (description == nullptr || (description->flags & kUnreadable) != 0 ||
      description->nb_components == 0) {
    return std::nullopt;
  }
  int depth = 8;
  const int colors = std::min<int>(description->nb_components, 3);
  for (int i = 0; i < (colors == 2 ? 1 : colors); ++i) {
    depth = std::max(depth, description->comp[i].depth);
  }
  const bool is_float = (description->flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
  return PixelFormat{nearest_layout(*description), rounded_depth(depth, is_float)};
}

}  // namespace vcisr::media
