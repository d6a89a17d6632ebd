// SPDX-License-Identifier: Apache-2.0
#include "degradation/recipe_json.h"

#include <utility>
#include <variant>

#include "degradation/bell_names.h"
#include "degradation/step_names.h"

namespace vcisr::degradation {
namespace {

constexpr const char* kSinc = "sinc";

// What the steps can do; sizes are bounded so that a slip of the pen does not ask for all memory.
constexpr std::int64_t kMostPixels = 65536;
constexpr Range<std::int64_t> kKernelSizes{1, 201};
constexpr Range<double> kCutoffs{1e-3, 3.1415926535897936};
constexpr Range<double> kAngles{-1e3, 1e3};
constexpr Range<double> kShapes{1e-3, 1e3};
constexpr Range<double> kScales{1e-3, 64};
constexpr Range<double> kSides{1, 65536};
constexpr Range<double> kStrengths{0, 1e6};

Json object_of(const BlurStep& step) {
  if (const auto* const sinc = std::get_if<SincBlur>(&step.kernel)) {
    return {
        {"type", "blur"}, {"kernel", kSinc}, {"size", sinc->size}, {"cutoff", sinc->cutoff_rad}};
  }
  const auto& bell = std::get<BellBlur>(step.kernel);
  Json json{{"type", "blur"}, {"kernel", name_of(bell.kind)}, {"size", bell.size}};
  json["sigma"] = {bell.sigma_x, is_aniso(bell.kind) ? bell.sigma_y : bell.sigma_x};
  json["theta"] = is_aniso(bell.kind) ? bell.rotation_rad : 0.0;
  json["beta"] = has_beta(bell.kind) ? Json(bell.beta) : Json(nullptr);
  return json;
}

Json object_of(const ResizeStep& step) {
  Json json{{"type", "resize"}, {"mode", name_of(step.mode)}};
  if (step.size.height > 0) json["size"] = {step.size.height, step.size.width};
  if (step.scale) json["scale"] = *step.scale;
  if (step.antialias) json["antialias"] = true;
  return json;
}

Json with_order(Json json, ops::ChannelOrder order) {
  if (order == ops::ChannelOrder::kBgr) json["channel_order"] = "bgr";
  return json;
}

Json object_of(const GaussianNoiseStep& step) {
  return {{"type", "noise"},
          {"kind", "gaussian"},
          {"sigma_8bit", step.sigma_8bit},
          {"gray", step.gray},
          {"seed", step.seed}};
}

Json object_of(const PoissonNoiseStep& step) {
  Json json{{"type", "noise"}, {"kind", "poisson"}, {"scale", step.scale}};
  json["gray"] = step.gray;
  json["seed"] = step.seed;
  return with_order(std::move(json), step.order);
}

Json object_of(const JpegStep& step) {
  Json json{{"type", "jpeg"}, {"jpeg_quality", step.jpeg_quality}};
  json["coder"] = step.coder == JpegCoder::kFloat ? "float" : "libjpeg";
  return with_order(std::move(json), step.order);
}

Json object_of(const WebpStep& step) { return {{"type", "webp"}, {"webp_quality", step.quality}}; }
Json object_of(const ClampStep&) { return {{"type", "clamp"}}; }
Json object_of(const Round8BitStep&) { return {{"type", "round_8bit"}}; }
Json object_of(const GroupStep& step) { return {{"type", "group"}, {"group", step.group}}; }

ops::ChannelOrder read_order(JsonReader& reader) {
  if (reader.find("channel_order") == nullptr) return ops::ChannelOrder::kRgb;
  return reader.word("channel_order", {"rgb", "bgr"}) == "bgr" ? ops::ChannelOrder::kBgr
                                                               : ops::ChannelOrder::kRgb;
}

Step read_blur(JsonReader& reader) {
  auto kinds = bell_names();
  kinds.emplace_back(kSinc);
  const std::string kernel = reader.word("kernel", kinds);
  const std::int64_t size = reader.integer("size", kKernelSizes);
  if (size % 2 == 0) reader.fail("size", "must be odd");
  if (kernel == kSinc) return BlurStep{SincBlur{size, reader.number("cutoff", kCutoffs)}};
  BellBlur bell;
  bell.kind = *bell_kind(kernel);
  bell.size = size;
  const auto sigma = reader.numbers("sigma", 2, kShapes);
  bell.sigma_x = sigma[0];
  bell.sigma_y = sigma[1];
  if (!is_aniso(bell.kind) && bell.sigma_x != bell.sigma_y) {
    reader.fail("sigma", "an isotropic kernel has one sigma, twice");
  }
  if (reader.find("theta") != nullptr) bell.rotation_rad = reader.number("theta", kAngles);
  if (has_beta(bell.kind)) bell.beta = reader.number("beta", kShapes);
  if (!has_beta(bell.kind) && reader.find("beta") != nullptr) {
    reader.fail("beta", "this kernel has none");
  }
  return BlurStep{bell};
}

Step read_resize(JsonReader& reader) {
  ResizeStep step;
  step.mode = *resize_mode(reader.word("mode", resize_mode_names()));
  if (reader.find("scale") != nullptr) step.scale = reader.number("scale", kScales);
  if (reader.find("size") != nullptr || !step.scale) {
    const auto size = reader.numbers("size", 2, kSides);
    step.size = {static_cast<std::int64_t>(size[0]), static_cast<std::int64_t>(size[1])};
    if (static_cast<double>(step.size.height) != size[0] ||
        static_cast<double>(step.size.width) != size[1]) {
      reader.fail("size", "whole numbers are needed");
    }
  }
  step.antialias = reader.flag("antialias", false);
  if (step.antialias && step.scale) reader.fail("antialias", "goes with size, not with scale");
  return step;
}

Step read_noise(JsonReader& reader) {
  const bool is_gaussian = reader.word("kind", {"gaussian", "poisson"}) == "gaussian";
  const bool gray = reader.flag("gray", false);
  const std::uint64_t seed = reader.seed("seed");
  if (is_gaussian) return GaussianNoiseStep{reader.number("sigma_8bit", kStrengths), gray, seed};
  return PoissonNoiseStep{reader.number("scale", kStrengths), gray, seed, read_order(reader)};
}

Step read_jpeg(JsonReader& reader) {
  JpegStep step;
  if (reader.find("coder") != nullptr && reader.word("coder", {"float", "libjpeg"}) == "libjpeg") {
    step.coder = JpegCoder::kLibjpeg;
    step.jpeg_quality = static_cast<double>(reader.integer("jpeg_quality", {1, 100}));
  } else {
    step.jpeg_quality = reader.number("jpeg_quality", {1, 99.9});
  }
  step.order = read_order(reader);
  return step;
}

media::CodecRate read_rate(JsonReader& reader) {
  const Json* const crf = reader.find("crf");
  const Json* const bitrate = reader.find("bitrate_kbps");
  const Json* const quantiser = reader.find("quantiser");
  if ((crf != nullptr) + (bitrate != nullptr) + (quantiser != nullptr) != 1) {
    reader.fail("", "one of crf, bitrate_kbps and quantiser is needed");
  }
  if (crf != nullptr) return media::Crf{reader.number("crf", {0, 63})};
  if (bitrate != nullptr) {
    return media::BitrateKbps{reader.integer("bitrate_kbps", {1, 2'000'000})};
  }
  return media::FixedQuantiser{static_cast<int>(reader.integer("quantiser", {0, 63}))};
}

void add_rate(Json& json, const media::CodecRate& rate) {
  if (const auto* const crf = std::get_if<media::Crf>(&rate)) json["crf"] = crf->value;
  if (const auto* const bitrate = std::get_if<media::BitrateKbps>(&rate)) {
    json["bitrate_kbps"] = bitrate->value;
  }
  if (const auto* const fixed = std::get_if<media::FixedQuantiser>(&rate)) {
    json["quantiser"] = fixed->value;
  }
}

}  // namespace

Json to_json(const Step& step) {
  return std::visit([](const auto& one) { return object_of(one); }, step);
}

Json to_json(const VideoCompressionStep& step) {
  Json json{{"type", "video_compression"}, {"codec", step.codec}};
  add_rate(json, step.rate);
  json["preset"] = step.preset;
  json["fps"] = step.fps;
  json["encoded_width_px"] = step.encoded_width_px;
  if (step.pixel_format != VideoCompressionStep{}.pixel_format) json["pix_fmt"] = step.pixel_format;
  if (!step.profile.empty()) json["profile"] = step.profile;
  if (step.gop) json["gop"] = *step.gop;
  json["conversion"] = step.conversion == YuvConversion::kExact ? "exact" : "swscale";
  return json;
}

Step read_step(const Json& object, const std::string& where) {
  JsonReader reader(object, where);
  const std::string type = reader.word(
      "type", {"blur", "resize", "noise", "jpeg", "webp", "clamp", "round_8bit", "group"});
  Step step = ClampStep{};
  if (type == "blur") step = read_blur(reader);
  if (type == "resize") step = read_resize(reader);
  if (type == "noise") step = read_noise(reader);
  if (type == "jpeg") step = read_jpeg(reader);
  if (type == "webp") step = WebpStep{static_cast<int>(reader.integer("webp_quality", {0, 100}))};
  if (type == "round_8bit") step = Round8BitStep{};
  if (type == "group") step = GroupStep{reader.integer("group", kNumbers)};
  reader.expect_all_read();
  return step;
}

VideoCompressionStep read_video_step(const Json& object, const std::string& where) {
  JsonReader reader(object, where);
  static_cast<void>(reader.word("type", {"video_compression"}));
  VideoCompressionStep step;
  step.codec = reader.text("codec");
  step.rate = read_rate(reader);
  if (reader.find("preset") != nullptr) step.preset = reader.text("preset");
  if (reader.find("fps") != nullptr) step.fps = static_cast<int>(reader.integer("fps", {1, 1000}));
  if (reader.find("encoded_width_px") != nullptr) {
    step.encoded_width_px = reader.integer("encoded_width_px", {0, kMostPixels});
  }
  if (reader.find("pix_fmt") != nullptr) step.pixel_format = reader.text("pix_fmt");
  if (reader.find("profile") != nullptr) step.profile = reader.text("profile");
  if (reader.find("gop") != nullptr)
    step.gop = static_cast<int>(reader.integer("gop", {1, 100'000}));
  if (reader.find("conversion") != nullptr &&
      reader.word("conversion", {"swscale", "exact"}) == "exact") {
    step.conversion = YuvConversion::kExact;
  }
  reader.expect_all_read();
  return step;
}

}  // namespace vcisr::degradation
