// SPDX-License-Identifier: Apache-2.0
// Applies a video_compression step: tensors to the encoder's pictures and back.
#include <algorithm>
#include <utility>

#include "degradation/codec_options.h"
#include "vcisr/degradation/video_compression.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/codec_round_trip.h"
#include "vcisr/media/pixel_format.h"
#include "vcisr/ops/color.h"
#include "vcisr/ops/resize.h"

namespace vcisr::degradation {
namespace {

/// By libswscale: RGB in, RGB out.
torch::Tensor with_swscale(const torch::Tensor& rgb, const VideoCompressionStep& step) {
  media::CodecOptions options = codec_options(step);
  options.width = step.encoded_width_px;
  return imaging::to_tensor(media::codec_round_trip(imaging::to_rgb_clip(rgb), options));
}

struct Conversion {
  ops::PlanarFormat format;
  int shift_x = 1;
  int shift_y = 1;
};

Conversion conversion_of(const std::string& pixel_format) {
  Conversion conversion;
  conversion.format.full_range = pixel_format.starts_with("yuvj");
  const bool is_444 = pixel_format.find("444") != std::string::npos;
  const bool is_422 = pixel_format.find("422") != std::string::npos;
  conversion.shift_x = is_444 ? 0 : 1;
  conversion.shift_y = is_444 || is_422 ? 0 : 1;
  conversion.format.chroma_shift_x = conversion.shift_x;
  conversion.format.chroma_shift_y = conversion.shift_y;
  return conversion;
}

/// By our own conversion, whose bits do not depend on the CPU.
torch::Tensor with_own_conversion(const torch::Tensor& rgb, const VideoCompressionStep& step) {
  const std::int64_t height = rgb.size(2);
  const std::int64_t width = step.encoded_width_px == 0 ? rgb.size(3) : step.encoded_width_px;
  const Conversion conversion = conversion_of(step.pixel_format);
  media::YuvClip clip{.frames = rgb.size(0),
                      .height = height,
                      .width = width,
                      .chroma_shift_x = conversion.shift_x,
                      .chroma_shift_y = conversion.shift_y};
  clip.samples.resize(static_cast<std::size_t>(clip.frames * clip.frame_samples()));
  torch::Tensor values = imaging::to_float(rgb);
  if (width != rgb.size(3)) values = ops::resize(values, height, width);
  for (std::int64_t t = 0; t < clip.frames; ++t) {
    auto planes = imaging::plane_tensors(clip, t);
    ops::rgb_to_planar(values[t].contiguous(), conversion.format, planes);
  }
  clip = media::codec_round_trip(clip, codec_options(step));
  values = torch::empty({clip.frames, 3, height, width}, torch::kFloat32);
  for (std::int64_t t = 0; t < clip.frames; ++t) {
    torch::Tensor frame = values[t];
    ops::planar_to_rgb(imaging::plane_tensors(clip, t), conversion.format, frame);
  }
  if (width != rgb.size(3)) values = ops::resize(values, height, rgb.size(3));
  return imaging::to_8bit(values);
}

}  // namespace

media::CodecOptions codec_options(const VideoCompressionStep& step) {
  media::CodecOptions options;
  options.codec = step.codec;
  options.rate = step.rate;
  options.preset = step.preset;
  options.fps = step.fps;
  options.pixel_format = step.pixel_format;
  options.profile = step.profile;
  options.gop = step.gop;
  return options;
}

torch::Tensor apply(const torch::Tensor& clip, const VideoCompressionStep& step) {
  const std::int64_t height = clip.size(2);
  const std::int64_t width = clip.size(3);
  torch::Tensor rgb = imaging::to_8bit(clip).cpu();
  if (height % 2 != 0) rgb = torch::cat({rgb, rgb.narrow(2, height - 1, 1)}, 2);
  if (width % 2 != 0) rgb = torch::cat({rgb, rgb.narrow(3, width - 1, 1)}, 3);
  const torch::Tensor seen = step.conversion == YuvConversion::kExact
                                 ? with_own_conversion(rgb, step)
                                 : with_swscale(rgb, step);
  return imaging::to_float(seen.narrow(2, 0, height).narrow(3, 0, width).contiguous())
      .to(clip.device());
}

}  // namespace vcisr::degradation
