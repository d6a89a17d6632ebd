// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/video_compression.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "degradation/codec_effort.h"
#include "degradation/codec_options.h"
#include "degradation/stage_options.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::degradation {
namespace {

enum WidthChange : std::size_t { kShrink, kExpand, kKeep };

// Its table of rates lacks most whole numbers; the published code always takes this one.
constexpr int kMpeg2Fps = 25;
// What x265 calls 25 looks like x264's 20.
constexpr std::int64_t kH265CrfOffset = 5;
constexpr Range<std::int64_t> kPositive{1, 2'000'000};

bool is_mpeg2(const std::string& codec) { return codec == "mpeg2video"; }

bool has_no_crf(const std::string& codec) {
  return is_mpeg2(codec) || codec == "mpeg4" || codec == "libxvid";
}

/// Even, as 4:2:0 wants it.
std::int64_t encoded_width(double ratio, std::int64_t width) {
  return std::max<std::int64_t>(
      2, 2 * static_cast<std::int64_t>(std::floor(ratio * static_cast<double>(width) / 2)));
}

void read_rates(const Config& config, VideoCompressionOptions& options) {
  config.read("crf_range", options.crf, {0, 63});
  options.crf_offset.clear();
  for (const auto& codec : options.codecs) {
    options.crf_offset.push_back(codec == "libx265" ? kH265CrfOffset : 0);
  }
  config.read("crf_offset", options.crf_offset, {-63, 63});
  if (options.crf_offset.size() != options.codecs.size()) {
    throw ConfigError(config.where("crf_offset") + ": " +
                      std::to_string(options.crf_offset.size()) + " offsets for " +
                      std::to_string(options.codecs.size()) + " codecs");
  }
  if (config.has("mpeg2_4_qscale_range")) {
    if (config.has("mpeg2_4_bitrate_range")) {
      throw ConfigError(config.where("mpeg2_4_qscale_range") +
                        ": give this or mpeg2_4_bitrate_range, not both");
    }
    Range<std::int64_t> quantiser{8, 31};
    config.read("mpeg2_4_qscale_range", quantiser, {1, 31});
    options.mpeg_quantiser = quantiser;
  } else {
    config.read("mpeg2_4_bitrate_range", options.mpeg_bitrate_kbps, kPositive);
  }
}

void read_shape(const Config& config, VideoCompressionOptions& options) {
  read_weights(config, "ratio_prob", options.width_change_weights, 3);
  config.read("ratio_range", options.width_ratio, {0.1, 8});
  if (!options.width_ratio.contains(1.0)) {
    throw ConfigError(config.where("ratio_range") + ": the range must contain 1");
  }
  config.read("fps_range", options.fps, {1, 1000});
  if (config.has("gop")) options.gop = config.get<int>("gop", {1, 100'000});
  config.read("profile", options.profile);
  config.read("pix_fmt", options.pixel_format);
  config.read("group_size", options.group_size, {0, 100'000});
  config.read_enum("conversion", options.conversion,
                   {{"swscale", YuvConversion::kSwscale}, {"exact", YuvConversion::kExact}});
  const std::vector<std::string> exact = {"yuv420p",  "yuv422p",  "yuv444p",
                                          "yuvj420p", "yuvj422p", "yuvj444p"};
  const bool is_known = std::find(exact.begin(), exact.end(), options.pixel_format) != exact.end();
  if (options.conversion == YuvConversion::kExact && !is_known) {
    throw ConfigError(config.where("pix_fmt") + ": '" + options.pixel_format +
                      "' does not go with conversion: exact, which has " + join(exact));
  }
}

StagePtr make_video_compression(const Config& config) {
  VideoCompressionOptions options;
  const auto published = options.codecs;
  config.read("video_codec", options.codecs);
  if (options.codecs.empty())
    throw ConfigError(config.where("video_codec") + ": the list is empty");
  if (options.codecs != published && !config.has("video_codec_prob")) {
    options.codec_weights.assign(options.codecs.size(), 1);
  }
  read_weights(config, "video_codec_prob", options.codec_weights, options.codecs.size());
  read_rates(config, options);
  if (config.read("encode_preset", options.presets) && !config.has("encode_preset_prob")) {
    options.preset_weights.assign(options.presets.size(), 1);
  }
  if (options.presets.empty()) {
    throw ConfigError(config.where("encode_preset") + ": the list is empty");
  }
  read_weights(config, "encode_preset_prob", options.preset_weights, options.presets.size());
  read_shape(config, options);
  options.origin = config.where();
  return std::make_unique<VideoCompressionStage>(std::move(options), read_decide_per(config));
}

}  // namespace

VideoCompressionStage::VideoCompressionStage(VideoCompressionOptions options, DecidePer decide_per)
    : Stage(decide_per), options_(std::move(options)) {}

void VideoCompressionStage::draw(DrawRngs& rngs, PictureDraw& picture) const {
  picture.pending.push_back({picture.steps.size(), this, rngs.stage, picture.size});
  picture.steps.emplace_back(GroupStep{});
}

media::CodecRate VideoCompressionStage::draw_rate(std::size_t codec, Rng& rng) const {
  // Both are always drawn, so that other draws do not depend on the codec.
  const std::int64_t crf = rng.uniform_int(options_.crf) + options_.crf_offset[codec];
  const std::int64_t mpeg = options_.mpeg_quantiser ? rng.uniform_int(*options_.mpeg_quantiser)
                                                    : rng.uniform_int(options_.mpeg_bitrate_kbps);
  if (!has_no_crf(options_.codecs[codec])) return media::Crf{static_cast<double>(crf)};
  if (options_.mpeg_quantiser) return media::FixedQuantiser{static_cast<int>(mpeg)};
  return media::BitrateKbps{mpeg};
}

VideoCompressionStep VideoCompressionStage::draw_group(const PictureSize& size, Rng rng) const {
  const std::size_t codec = rng.choose(options_.codec_weights);
  VideoCompressionStep step;
  step.codec = options_.codecs[codec];
  step.rate = draw_rate(codec, rng);
  step.preset = effort_of(step.codec, options_.presets[rng.choose(options_.preset_weights)]);
  step.fps = static_cast<int>(rng.uniform_int(options_.fps));
  if (is_mpeg2(step.codec)) step.fps = kMpeg2Fps;
  const std::size_t change = rng.choose(options_.width_change_weights);
  const double shrunk = rng.uniform(options_.width_ratio.lo, 1);
  const double expanded = rng.uniform(1, options_.width_ratio.hi);
  double ratio = change == kShrink ? shrunk : change == kExpand ? expanded : 1.0;
  if (is_mpeg2(step.codec)) ratio = std::max(ratio, 1.0);
  step.encoded_width_px = encoded_width(ratio, size.width + size.width % 2);
  // media::codec_round_trip refuses it: libx265 would give other bytes in every run.
  if (step.codec == "libx265" && step.encoded_width_px == 16) step.encoded_width_px = 18;
  step.pixel_format = options_.pixel_format;
  step.profile = options_.profile;
  step.gop = options_.gop;
  step.conversion = options_.conversion;
  return step;
}

void VideoCompressionStage::check(SizeForecast& picture) const {
  const std::string origin = options_.origin.empty() ? "" : options_.origin + ": ";
  if (!picture.is_shared) {
    throw ConfigError(origin +
                      "video_compression would get pictures of several sizes: put resize_to_lq "
                      "before it, or let the resizing before it be decided per batch");
  }
  PictureSize size = picture.size.value_or(picture.input);
  size = {size.height + size.height % 2, size.width + size.width % 2};
  try {
    for (std::size_t codec = 0; codec < options_.codecs.size(); ++codec) {
      if (options_.codec_weights[codec] > 0) check_codec(codec, size);
    }
  } catch (const ConfigError& error) {
    throw ConfigError(origin + error.what());
  }
}

void VideoCompressionStage::check_codec(std::size_t codec, const PictureSize& size) const {
  VideoCompressionStep step = draw_group(size, Rng(0));
  step.codec = options_.codecs[codec];
  const auto& changes = options_.width_change_weights;
  const bool may_shrink = changes[kShrink] > 0 && !is_mpeg2(step.codec);
  const Range<double> ratio{may_shrink ? options_.width_ratio.lo : 1,
                            changes[kExpand] > 0 ? options_.width_ratio.hi : 1};
  for (const bool is_upper : {false, true}) {
    const auto bound = [is_upper](const auto& range) { return is_upper ? range.hi : range.lo; };
    if (!has_no_crf(step.codec)) {
      step.rate = media::Crf{static_cast<double>(bound(options_.crf) + options_.crf_offset[codec])};
    } else if (options_.mpeg_quantiser) {
      step.rate = media::FixedQuantiser{static_cast<int>(bound(*options_.mpeg_quantiser))};
    } else {
      step.rate = media::BitrateKbps{bound(options_.mpeg_bitrate_kbps)};
    }
    step.fps = is_mpeg2(step.codec) ? kMpeg2Fps : static_cast<int>(bound(options_.fps));
    step.encoded_width_px = encoded_width(bound(ratio), size.width);
    for (std::size_t i = 0; i < options_.presets.size(); ++i) {
      if (options_.preset_weights[i] == 0) continue;
      step.preset = effort_of(step.codec, options_.presets[i]);
      media::CodecOptions options = codec_options(step);
      options.width = step.encoded_width_px;
      options.height = size.height;
      media::check_codec(options);
      if (is_upper || step.preset.empty()) break;  // Each preset once is enough.
    }
  }
}

Registry<StagePtr>::Entry video_compression_entry() {
  return {.name = "video_compression",
          .summary = "MPEG-2, MPEG-4, H.264, H.265, VP9 or AV1 by the real encoders",
          .example = "{type: video_compression}",
          .make = make_video_compression};
}

}  // namespace vcisr::degradation
