// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/still_compression.h"

#include <cmath>
#include <memory>

#include "degradation/stage_options.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/still_round_trip.h"
#include "vcisr/ops/jpeg_artifacts.h"

namespace vcisr::degradation {
namespace {

// The float coder's tables vanish at 100.
constexpr double kMaxFloatQuality = 99.9;

StagePtr make_jpeg(const Config& config) {
  JpegOptions options;
  config.read("prob", options.prob, kProbability);
  config.read_enum("coder", options.coder,
                   {{"float", JpegCoder::kFloat}, {"libjpeg", JpegCoder::kLibjpeg}});
  const bool is_float = options.coder == JpegCoder::kFloat;
  config.read("jpeg_range", options.jpeg_quality, {1, is_float ? kMaxFloatQuality : 100});
  if (!is_float && std::ceil(options.jpeg_quality.lo) > std::floor(options.jpeg_quality.hi)) {
    throw ConfigError(config.where("jpeg_range") +
                      ": libjpeg's quality is a whole number, and the range holds none");
  }
  options.order = read_channel_order(config);
  return std::make_unique<JpegStage>(options, read_decide_per(config));
}

StagePtr make_webp(const Config& config) {
  WebpOptions options;
  config.read("prob", options.prob, kProbability);
  config.read("webp_quality_range", options.quality, {0, 100});
  return std::make_unique<WebpStage>(options, read_decide_per(config));
}

/// Through a real coder and back.
template <class RoundTrip>
torch::Tensor through_8bit(const torch::Tensor& clip, const RoundTrip& round_trip) {
  const media::RgbClip sent = imaging::to_rgb_clip(imaging::to_8bit(clip));
  return imaging::to_float(imaging::to_tensor(round_trip(sent))).to(clip.device());
}

}  // namespace

JpegStage::JpegStage(JpegOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(options) {}

void JpegStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  if (!rngs.shared.chance(options_.prob)) return;
  JpegStep step;
  step.coder = options_.coder;
  step.order = options_.order;
  if (step.coder == JpegCoder::kFloat) {
    step.jpeg_quality = rngs.own.uniform(options_.jpeg_quality);
  } else {
    step.jpeg_quality = static_cast<double>(
        rngs.own.uniform_int(static_cast<std::int64_t>(std::ceil(options_.jpeg_quality.lo)),
                             static_cast<std::int64_t>(std::floor(options_.jpeg_quality.hi))));
  }
  picture.steps.emplace_back(step);
}

WebpStage::WebpStage(WebpOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(options) {}

void WebpStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  if (!rngs.shared.chance(options_.prob)) return;
  picture.steps.emplace_back(WebpStep{static_cast<int>(rngs.own.uniform_int(options_.quality))});
}

Registry<StagePtr>::Entry jpeg_entry() {
  return {.name = "jpeg",
          .summary = "JPEG artefacts, by the float formula of training code or by libjpeg",
          .example = "{type: jpeg}",
          .make = make_jpeg};
}

Registry<StagePtr>::Entry webp_entry() {
  return {.name = "webp",
          .summary = "lossy WebP by libwebp",
          .example = "{type: webp}",
          .make = make_webp};
}

torch::Tensor apply(const torch::Tensor& clip, const JpegStep& step) {
  const bool is_bgr = step.order == ops::ChannelOrder::kBgr;
  if (step.coder == JpegCoder::kFloat) {
    const auto quality = torch::full({clip.size(0)}, step.jpeg_quality, torch::kFloat64);
    return ops::jpeg_artifacts(clip, quality, step.order);
  }
  if (step.jpeg_quality != std::floor(step.jpeg_quality)) {
    throw ConfigError("a jpeg step of coder libjpeg needs a whole number as jpeg_quality");
  }
  const media::JpegOptions options{.quality = static_cast<int>(step.jpeg_quality)};
  const torch::Tensor result = through_8bit(
      is_bgr ? clip.flip(1) : clip,
      [&options](const media::RgbClip& sent) { return media::jpeg_round_trip(sent, options); });
  return is_bgr ? result.flip(1) : result;
}

torch::Tensor apply(const torch::Tensor& clip, const WebpStep& step) {
  const media::WebpOptions options{.quality = static_cast<double>(step.quality)};
  return through_8bit(clip, [&options](const media::RgbClip& sent) {
    return media::webp_round_trip(sent, options);
  });
}

}  // namespace vcisr::degradation
