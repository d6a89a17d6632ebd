// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/stage.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::degradation {

/// Compression as a JPEG picture; quality is each picture's own.
struct JpegOptions {
  double prob = 1;
  Range<double> jpeg_quality{30, 95};  ///< Real-valued for kFloat, whole numbers for kLibjpeg.
  JpegCoder coder = JpegCoder::kFloat;
  ops::ChannelOrder order = ops::ChannelOrder::kRgb;
};

class JpegStage final : public Stage {
 public:
  JpegStage(JpegOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;

 private:
  JpegOptions options_;
};

/// Compression as a lossy WebP picture; quality is each picture's own.
struct WebpOptions {
  double prob = 1;
  Range<std::int64_t> quality{30, 95};
};

class WebpStage final : public Stage {
 public:
  WebpStage(WebpOptions options, DecidePer decide_per);
  void draw(DrawRngs& rngs, PictureDraw& picture) const override;

 private:
  WebpOptions options_;
};

[[nodiscard]] Registry<StagePtr>::Entry jpeg_entry();
[[nodiscard]] Registry<StagePtr>::Entry webp_entry();

/// clip: float32 [T, 3, H, W], any device, clamped to [0, 1] inside; each frame for itself. The
/// real coders (libjpeg, libwebp) work on 8 bits on the CPU.
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const JpegStep& step);
[[nodiscard]] torch::Tensor apply(const torch::Tensor& clip, const WebpStep& step);

}  // namespace vcisr::degradation
