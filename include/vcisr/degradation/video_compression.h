// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"

namespace vcisr::degradation {

/// What the stage may draw. Defaults: VCISR's training options, as coded.
struct VideoCompressionOptions {
  /// Names of media::CodecOptions.
  std::vector<std::string> codecs = {"mpeg2video", "libxvid", "libx264", "libx265"};
  std::vector<double> codec_weights = {0.2, 0.2, 0.4, 0.2};
  Range<std::int64_t> crf{20, 32};  ///< Of the codecs that have one.
  /// Added to it, by codec. In YAML 5 for libx265 and 0 for the others where it is not given.
  std::vector<std::int64_t> crf_offset = {0, 0, 0, 5};
  /// mpeg2video, mpeg4 and libxvid have no CRF. For small pictures a bitrate of thousands binds
  /// never, a quantiser always.
  Range<std::int64_t> mpeg_bitrate_kbps{3800, 5800};
  std::optional<Range<std::int64_t>> mpeg_quantiser;  ///< Instead of the bitrate.
  std::vector<std::string> presets = {"slow", "medium", "fast", "faster", "superfast"};
  std::vector<double> preset_weights = {0.1, 0.5, 0.25, 0.12, 0.03};
  Range<std::int64_t> fps{16, 30};                             ///< mpeg2video: always 25.
  std::vector<double> width_change_weights = {0.2, 0.4, 0.4};  ///< Shrink, expand, keep.
  Range<double> width_ratio{0.8, 1.35};  ///< Encoded width / width; mpeg2video never shrinks.
  std::optional<int> gop;
  std::string profile;
  std::string pixel_format = "yuv420p";
  std::int64_t group_size = 0;  ///< Pictures that share a stream; 0 = the whole batch.
  YuvConversion conversion = YuvConversion::kSwscale;
  std::string origin;  ///< "file:line: key" for the messages of check(); may be empty.
};

/// Sends pictures through a real video codec: VCISR's idea.
///
/// The pictures of a batch that meet the stage are divided, in order, into groups of group_size.
/// Each group draws for itself (decide_per image) or all draw alike (batch).
class VideoCompressionStage final : public Stage {
 public:
  VideoCompressionStage(VideoCompressionOptions options, DecidePer decide_per);

  /// Notes that the picture waits for its group.
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;
  /// Tries every codec with its rates, presets and outermost widths on one grey frame.
  void check(SizeForecast& picture) const override;

  [[nodiscard]] VideoCompressionStep draw_group(const PictureSize& size, Rng rng) const;
  [[nodiscard]] std::int64_t group_size() const noexcept { return options_.group_size; }

 private:
  [[nodiscard]] media::CodecRate draw_rate(std::size_t codec, Rng& rng) const;
  void check_codec(std::size_t codec, const PictureSize& size) const;

  VideoCompressionOptions options_;
};

[[nodiscard]] Registry<StagePtr>::Entry video_compression_entry();

/// What a viewer of the compressed clip would see.
///
/// Shape    float32 [T, 3, H, W] in and out, T >= 1, any device; clamped to [0, 1] and rounded to 8
///          bits (halves to even) before it is encoded; the result has 8 bits. Odd sides are padded
///          by repeating the last row or column, which is cropped off again.
/// Colour   BT.601, limited range (full range for "yuvj" formats), by step.conversion.
/// Time     Exactly T frames come back, in order.
/// Bytes, Threads, Memory, Errors  As media::codec_round_trip.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const VideoCompressionStep& step);

}  // namespace vcisr::degradation
