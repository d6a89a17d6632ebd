// SPDX-License-Identifier: Apache-2.0
#include "media/encoder_format.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "media/av_compat.h"
#include "media/av_pixel_format.h"
#include "media/container_table.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::media {
namespace {

bool is_svt(const AVCodec& encoder) { return std::string_view(encoder.name) == "libsvtav1"; }

/// Encoders whose 4:2:0 and 4:2:2 pictures need even edges.
bool needs_even_edges(const AVCodec& encoder) {
  static const std::set<AVCodecID> codecs = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_PRORES,
                                             AV_CODEC_ID_DNXHD};
  return codecs.contains(encoder.id) || is_svt(encoder);
}

bool fits_size(const AVCodec& encoder, const PixelFormat& format, std::int64_t width,
               std::int64_t height) {
  if (!needs_even_edges(encoder)) return true;
  return (width & ((1 << format.chroma_shift_x()) - 1)) == 0 &&
         (height & ((1 << format.chroma_shift_y()) - 1)) == 0;
}

bool fits_container(const AVOutputFormat& muxer, const PixelFormat& format) {
  return container_kind(muxer) != ContainerKind::kY4m || format.layout != PixelLayout::kRgb;
}

/// Every format of the encoder that writers can hand over.
std::vector<EncoderFormat> usable_formats(const AVCodec& encoder, const AVOutputFormat& muxer) {
  std::vector<EncoderFormat> usable;
  const auto add = [&usable, &muxer, &encoder](AVPixelFormat format) {
    const auto ours = nearest_format(format);
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    if (!ours || to_av(*ours) == AV_PIX_FMT_NONE || !fits_container(muxer, *ours)) return;
    if ((description->flags & (AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_ALPHA |
                               AV_PIX_FMT_FLAG_BITSTREAM)) != 0) {
      return;
    }
    // Players take all MJPEG for full range, whatever its tags say.
    if (encoder.id == AV_CODEC_ID_MJPEG && !is_full_range_twin(format)) return;
    // Formats that hold fewer bits or samples than their planes do (rgb565, yuv411p).
    const bool is_chroma_equal = ours->layout == PixelLayout::kRgb ||
                                 ours->layout == PixelLayout::kGray ||
                                 (description->log2_chroma_w == ours->chroma_shift_x() &&
                                  description->log2_chroma_h == ours->chroma_shift_y());
    if (description->comp[0].depth != ours->bit_depth || !is_chroma_equal) return;
    usable.push_back({format, *ours, is_full_range_twin(format)});
  };
  const AVPixelFormat* formats = encoder_pixel_formats(encoder);
  if (formats == nullptr) {  // rawvideo takes all
    for (const PixelLayout layout : {PixelLayout::kGray, PixelLayout::kYuv420, PixelLayout::kYuv422,
                                     PixelLayout::kYuv444, PixelLayout::kRgb}) {
      for (const int depth : {8, 9, 10, 12, 14, 16}) add(to_av({layout, depth}));
    }
    return usable;
  }
  for (; *formats != AV_PIX_FMT_NONE; ++formats) add(*formats);
  return usable;
}

int chroma_rank(PixelLayout layout) { return static_cast<int>(layout); }

/// Smaller is nearer.
auto distance(const EncoderFormat& candidate, const PixelFormat& wanted) {
  const PixelFormat& ours = candidate.ours;
  const bool is_model_changed =
      (ours.layout == PixelLayout::kRgb) != (wanted.layout == PixelLayout::kRgb);
  const int chroma_lost = std::max(0, chroma_rank(wanted.layout) - chroma_rank(ours.layout)) -
                          (is_model_changed && ours.layout == PixelLayout::kYuv444 ? 1 : 0);
  const int depth_lost = std::max(0, wanted.bit_depth - ours.bit_depth);
  const int depth_added = std::max(0, ours.bit_depth - wanted.bit_depth);
  const int chroma_added = std::max(0, chroma_rank(ours.layout) - chroma_rank(wanted.layout));
  const bool is_direct = to_av(ours) == candidate.av;
  return std::make_tuple(chroma_lost, depth_lost, is_model_changed ? 1 : 0, chroma_added,
                         depth_added, is_direct ? 0 : 1);
}

std::vector<std::string> names_of(const std::vector<EncoderFormat>& formats) {
  std::vector<std::string> names;
  for (const auto& format : formats) names.emplace_back(av_get_pix_fmt_name(format.av));
  return names;
}

EncoderFormat find_named(const AVCodec& encoder, const std::string& named,
                         const std::vector<EncoderFormat>& usable, std::int64_t width,
                         std::int64_t height) {
  const AVPixelFormat wanted = av_get_pix_fmt(named.c_str());
  const auto found = std::find_if(usable.begin(), usable.end(),
                                  [wanted](const auto& format) { return format.av == wanted; });
  if (found == usable.end()) {
    const auto names = names_of(usable);
    throw ConfigError(std::string("encoder ") + encoder.name + " does not take pixel format '" +
                      named + "'" + did_you_mean(named, names) + "; it takes " + join(names));
  }
  if (!fits_size(encoder, found->ours, width, height)) {
    throw ConfigError(std::string("encoder ") + encoder.name + " needs even edges for " + named +
                      ", the film is " + std::to_string(width) + "x" + std::to_string(height));
  }
  return *found;
}

}  // namespace

EncoderFormat choose_encoder_format(const AVCodec& encoder, const AVOutputFormat& muxer,
                                    const std::string& named, const PixelFormat& preferred,
                                    std::int64_t width, std::int64_t height) {
  if (is_svt(encoder) && (width < 64 || height < 64)) {
    throw ConfigError("encoder libsvtav1 needs at least 64x64, the film is " +
                      std::to_string(width) + "x" + std::to_string(height));
  }
  const std::vector<EncoderFormat> usable = usable_formats(encoder, muxer);
  if (!named.empty()) return find_named(encoder, named, usable, width, height);
  std::optional<EncoderFormat> best;
  for (const EncoderFormat& candidate : usable) {
    if (!fits_size(encoder, candidate.ours, width, height)) continue;
    // Nobody loses the colours of a film without asking for it.
    if (candidate.ours.layout == PixelLayout::kGray && preferred.layout != PixelLayout::kGray) {
      continue;
    }
    if (!best || distance(candidate, preferred) < distance(*best, preferred)) best = candidate;
  }
  if (best) return *best;
  const bool fits_nothing = std::none_of(usable.begin(), usable.end(), [](const auto& format) {
    return format.ours.layout != PixelLayout::kGray;
  });
  if (fits_nothing) {
    throw ConfigError(std::string("encoder ") + encoder.name +
                      " takes none of the pixel formats that films have here; choose another");
  }
  throw ConfigError(std::string("encoder ") + encoder.name + " needs even edges, the film is " +
                    std::to_string(width) + "x" + std::to_string(height) +
                    "; libvpx-vp9 and ffv1 take odd ones");
}

}  // namespace vcisr::media
