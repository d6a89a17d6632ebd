// SPDX-License-Identifier: Apache-2.0
// What is done to pictures, with every number drawn. Steps take no random decision: the same
// picture and the same steps give the same bytes. Noise fields come from the step's seed by
// ops/noise.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vcisr/degradation/blur_kernel.h"
#include "vcisr/media/codec_round_trip.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::degradation {

struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const PictureSize&) const = default;
};

struct SincBlur {
  std::int64_t size = 21;  ///< Odd.
  double cutoff_rad = 1;   ///< Radians per pixel, in (0, pi].
};

/// ops::filter2d with the kernel rounded to float32, as published code does.
struct BlurStep {
  std::variant<BellBlur, SincBlur> kernel;
};

enum class ResizeMode { kArea, kBilinear, kBicubic };

struct ResizeStep {
  ResizeMode mode = ResizeMode::kBicubic;
  PictureSize size;
  /// Where given, the size came from it (and may be left 0), and source coordinates are computed
  /// from it instead of from the two sizes (torch's interpolate with scale_factor).
  std::optional<double> scale;
  /// Pillow's and MATLAB's bilinear or bicubic (ops::resize), which do not alias, instead of
  /// torch's interpolate. kArea has no such form.
  bool antialias = false;
};

struct GaussianNoiseStep {
  double sigma_8bit = 0;  ///< Of 255.
  bool gray = false;      ///< One field for the three channels.
  std::uint64_t seed = 0;
};

struct PoissonNoiseStep {
  double scale = 1;   ///< Times the noise of a camera with 2^ceil(log2(levels)) electrons.
  bool gray = false;  ///< From the luma, equal in the three channels.
  std::uint64_t seed = 0;
  ops::ChannelOrder order = ops::ChannelOrder::kRgb;
};

enum class JpegCoder {
  kFloat,    ///< ops::jpeg_artifacts, the "DiffJPEG" of published training code.
  kLibjpeg,  ///< A file as programs write it: 4:2:0, quality in whole numbers.
};

struct JpegStep {
  double jpeg_quality = 75;  ///< 1 .. 99.9 (float), 1 .. 100 (libjpeg).
  JpegCoder coder = JpegCoder::kFloat;
  ops::ChannelOrder order = ops::ChannelOrder::kRgb;
};

struct WebpStep {
  int quality = 75;  ///< 0 .. 100.
};

struct ClampStep {};      ///< To [0, 1].
struct Round8BitStep {};  ///< To multiples of 1/255 in [0, 1], halves to even.

/// How pictures become the encoder's YUV and back.
enum class YuvConversion {
  kSwscale,  ///< libswscale, as the ffmpeg program; its rounding depends on the CPU.
  kExact,    ///< ops::rgb_to_planar and ops::resize: equal on every CPU.
};

/// All frames of a group together through a video codec.
struct VideoCompressionStep {
  std::string codec = "libx264";
  media::CodecRate rate = media::Crf{};
  std::string preset;                 ///< In the encoder's own words; "" = its default.
  int fps = 25;                       ///< Not only metadata: rate control looks at it.
  std::int64_t encoded_width_px = 0;  ///< 0 = the pictures' (made even).
  std::string pixel_format = "yuv420p";
  std::string profile;  ///< "" = the encoder's choice.
  std::optional<int> gop;
  YuvConversion conversion = YuvConversion::kSwscale;
};

/// Here the picture goes through its group's step (GroupRecipe).
struct GroupStep {
  std::int64_t group = 0;
};

using Step = std::variant<BlurStep, ResizeStep, GaussianNoiseStep, PoissonNoiseStep, JpegStep,
                          WebpStep, ClampStep, Round8BitStep, GroupStep>;

/// One picture's way from hq to lq.
struct UnitRecipe {
  std::vector<Step> steps;
};

/// What pictures go through together.
struct GroupRecipe {
  std::int64_t group = 0;           ///< What GroupStep refers to.
  std::vector<std::int64_t> units;  ///< Indices of the batch's pictures, the order of the frames.
  VideoCompressionStep step;
};

/// A degradation batch: pictures that are drawn for, and maybe compressed, together.
struct BatchRecipe {
  std::vector<UnitRecipe> units;
  std::vector<GroupRecipe> groups;
};

}  // namespace vcisr::degradation
