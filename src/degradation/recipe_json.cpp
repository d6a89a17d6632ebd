// SPDX-License-Identifier: Apache-2.0
#include "degradation/recipe_json.h"

#include <utility>
#include <variant>

#include "degradation/bell_names.h"
#include "degradation/step_names.h"

namespace vcisr::degradation {
namespace {

constexpr const char* kSinc = "sinc";

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
  json["size"] = {step.size.height, step.size.width};
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
  if (!reader.has("channel_order")) return ops::ChannelOrder::kRgb;
  return reader.word("channel_order", {"rgb", "bgr"}) == "bgr" ? ops::ChannelOrder::kBgr
                                                               : ops::ChannelOrder::kRgb;
}

Step read_blur(JsonReader& reader) {
  auto kinds = bell_names();
  kinds.emplace_back(kSinc);
  const std::string kernel = reader.word("kernel", kinds);
  const std::int64_t size = reader.integer("size");
  if (kernel == kSinc) return BlurStep{SincBlur{size, reader.number("cutoff")}};
  BellBlur bell;
  bell.kind = *bell_kind(kernel);
  bell.size = size;
  const auto sigma = reader.numbers("sigma", 2);
  bell.sigma_x = sigma[0];
  bell.sigma_y = sigma[1];
  if (reader.find("theta") != nullptr) bell.rotation_rad = reader.number("theta");
  if (reader.find("beta") != nullptr) bell.beta = reader.number("beta");
  return BlurStep{bell};
}

Step read_resize(JsonReader& reader) {
  ResizeStep step;
  step.mode = *resize_mode(reader.word("mode", resize_mode_names()));
  if (reader.find("scale") != nullptr) step.scale = reader.number("scale");
  if (reader.find("size") != nullptr || !step.scale) {
    const auto size = reader.numbers("size", 2);
    step.size = {static_cast<std::int64_t>(size[0]), static_cast<std::int64_t>(size[1])};
    if (step.size.height < 1 || step.size.width < 1) reader.fail("size", "must be 1 at least");
  }
  step.antialias = reader.flag("antialias", false);
  if (step.antialias && step.scale) reader.fail("antialias", "goes with size, not with scale");
  return step;
}

Step read_noise(JsonReader& reader) {
  const bool is_gaussian = reader.word("kind", {"gaussian", "poisson"}) == "gaussian";
  const bool gray = reader.flag("gray", false);
  const std::uint64_t seed = reader.seed("seed");
  if (is_gaussian) return GaussianNoiseStep{reader.number("sigma_8bit"), gray, seed};
  return PoissonNoiseStep{reader.number("scale"), gray, seed, read_order(reader)};
}

Step read_jpeg(JsonReader& reader) {
  JpegStep step;
  step.jpeg_quality = reader.number("jpeg_quality");
  if (reader.has("coder") && reader.word("coder", {"float", "libjpeg"}) == "libjpeg") {
    step.coder = JpegCoder::kLibjpeg;
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
  if (crf != nullptr) return media::Crf{reader.number("crf")};
  if (bitrate != nullptr) return media::BitrateKbps{reader.integer("bitrate_kbps")};
  return media::FixedQuantiser{static_cast<int>(reader.integer("quantiser"))};
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
  if (type == "webp") step = WebpStep{static_cast<int>(reader.integer("webp_quality"))};
  if (type == "round_8bit") step = Round8BitStep{};
  if (type == "group") step = GroupStep{reader.integer("group")};
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
  if (reader.find("fps") != nullptr) step.fps = static_cast<int>(reader.integer("fps"));
  if (reader.find("encoded_width_px") != nullptr) {
    step.encoded_width_px = reader.integer("encoded_width_px");
  }
  if (reader.find("pix_fmt") != nullptr) step.pixel_format = reader.text("pix_fmt");
  if (reader.find("profile") != nullptr) step.profile = reader.text("profile");
  if (reader.find("gop") != nullptr) step.gop = static_cast<int>(reader.integer("gop"));
  if (reader.find("conversion") != nullptr &&
      reader.word("conversion", {"swscale", "exact"}) == "exact") {
    step.conversion = YuvConversion::kExact;
  }
  reader.expect_all_read();
  return step;
}

}  // namespace vcisr::degradation
