// SPDX-License-Identifier: Apache-2.0
#include "degradation/flat_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "vcisr/core/error.h"
#include "vcisr/core/range.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::degradation {
namespace {

enum class Family { kRealEsrgan, kVcisr };

std::string text_of(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}
std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(const std::string& value) { return value; }

template <class T>
std::string text_of(const std::vector<T>& values) {
  std::string text = "[";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + text_of(value);
  return text + "]";
}

/// One stage as it is written: "{type: blur, prob: 1, …}".
class StageText {
 public:
  StageText(const Config& config, const std::string& type)
      : config_(config), text_("{type: " + type) {}

  template <class T>
  StageText& set(const std::string& key, const T& value) {
    text_ += ", " + key + ": " + text_of(value);
    return *this;
  }

  /// The flat file's `flat_key` under the stage's `key`; the stage's own default where not given.
  template <class T>
  StageText& copy(const std::string& flat_key, const std::string& key) {
    T value{};
    if (config_.has(flat_key)) {
      config_.read(flat_key, value);
      set(key, value);
    }
    return *this;
  }
  /// The same with the published value where not given.
  template <class T>
  StageText& copy(const std::string& flat_key, const std::string& key, T published) {
    config_.read(flat_key, published);
    return set(key, published);
  }

  [[nodiscard]] std::string text() const { return text_ + "}"; }

 private:
  const Config& config_;
  std::string text_;
};

using Doubles = std::vector<double>;
using Words = std::vector<std::string>;

/// Reads the flat keys of one file.
class Translator {
 public:
  Translator(const Config& config, Family family, std::int64_t scale)
      : config_(config), family_(family), scale_(scale) {
    decide_per_ = family == Family::kVcisr ? "batch" : "image";
    order_ = family == Family::kVcisr ? "bgr" : "rgb";
    config_.read_choice("decide_per", decide_per_, {"image", "batch"});
    config_.read_choice("channel_order", order_, {"rgb", "bgr"});
  }

  [[nodiscard]] std::string translate() {
    std::string text = head() + "stages:\n";
    for (const std::string& stage : common_part()) text += "  - " + stage + "\n";
    if (family_ == Family::kRealEsrgan) {
      text += "  - " + image_tail("  ") + "\n  - " + plain("round_8bit") + "\n";
      return text;
    }
    const std::string still = "[" + image_tail("     ") + ", " + plain("round_8bit") + "]";
    std::string mode = "V2";
    config_.read_choice("degradation_mode", mode, {"V1", "V2"});
    double still_share = 0.05;
    config_.read("v1_proportion", still_share, {0, 1});
    if (mode == "V1") still_share = 1;
    const std::string video = "[" + reduce() + ", " + plain("clamp") + ",\n      " + codec() + "]";
    text += "  - {type: one_of, weights: " + text_of(Doubles{still_share, 1 - still_share}) +
            ", decide_per: " + decide_per_ + ", choices: [\n    " + still + ",\n    " + video +
            "]}\n";
    return text;
  }

 private:
  [[nodiscard]] std::string head() {
    std::int64_t scale = scale_;
    config_.read("scale", scale);
    // RealESRNet's files say whether the picture that is degraded is sharpened before.
    bool gt_usm = family_ == Family::kRealEsrgan;
    config_.read("gt_usm", gt_usm);
    std::string source = gt_usm ? "hq_sharpened" : "hq";
    config_.read_choice("source", source, {"hq", "hq_sharpened"});
    std::int64_t batch = 128;
    config_.read("degradation_batch_size", batch);
    std::vector<std::int64_t> first = {32, 127};
    config_.read("first_batch_size", first);
    return "scale: " + text_of(scale) + "\nsource: " + source + "\nbatch_size: " + text_of(batch) +
           "\nfirst_batch_size: " + text_of(first) + "\n";
  }

  [[nodiscard]] std::vector<std::string> common_part() {
    std::vector<std::string> stages;
    stages.push_back(blur("", "blur_prob", 1, {0.2, 3}));
    stages.push_back(resize("", {0.2, 0.7, 0.1}, {0.15, 1.5}));
    stages.push_back(noise("", {1, 30}, {0.05, 3}));
    stages.push_back(jpeg(""));
    stages.push_back(blur("2", "second_blur_prob", 0.8, {0.2, 1.5}));
    stages.push_back(resize("2", {0.3, 0.4, 0.3}, {0.3, 1.2}));
    stages.push_back(noise("2", {1, 25}, {0.05, 2.5}));
    return stages;
  }

  [[nodiscard]] StageText begin(const std::string& type) const {
    StageText stage(config_, type);
    stage.set("decide_per", decide_per_);
    return stage;
  }
  [[nodiscard]] std::string plain(const std::string& type) const {
    return StageText(config_, type).text();
  }

  /// Odd sizes, written as [lo, hi].
  [[nodiscard]] std::vector<std::int64_t> kernel_sizes(const std::string& suffix) {
    std::vector<std::int64_t> sizes = {7, 21};
    if (family_ == Family::kVcisr) {
      // Python's range of half sizes: 3, 4, … 10 for [3, 11].
      std::vector<std::int64_t> halves = {3, 11};
      config_.read("kernel_range", halves);
      if (halves.size() != 2 || halves[0] < 0 || halves[0] >= halves[1]) {
        throw ConfigError(config_.where("kernel_range") +
                          ": [lo, hi] with lo < hi is needed, as [3, 11] for sizes 7, 9, … 21");
      }
      return {2 * halves[0] + 1, 2 * halves[1] - 1};
    }
    // The size that kernels are padded to, which bounds them.
    config_.read("blur_kernel_size" + suffix, sizes[1]);
    if (sizes[1] < sizes[0]) sizes[0] = sizes[1];
    config_.read("kernel_range" + suffix, sizes);
    return sizes;
  }

  [[nodiscard]] std::string blur(const std::string& suffix, const std::string& prob_key,
                                 double prob, const Doubles& sigma) {
    StageText stage = begin("blur");
    stage.copy<double>(prob_key, "prob", prob).set("kernel_size", kernel_sizes(suffix));
    stage.copy<Words>("kernel_list" + suffix, "kernel_list");
    stage.copy<Doubles>("kernel_prob" + suffix, "kernel_prob");
    stage.copy<double>("sinc_prob" + suffix, "sinc_prob", 0.1);
    stage.copy<Doubles>("blur_sigma" + suffix, "blur_sigma", sigma);
    stage.copy<Doubles>("betag_range" + suffix, "betag_range", {0.5, 4});
    stage.copy<Doubles>("betap_range" + suffix, "betap_range", {1, 2});
    return stage.text();
  }

  /// VCISR names its modes once, traiNNer-redux once per resizing.
  void copy_modes(StageText& stage, const std::string& suffix) {
    const std::string own = "resize_mode_list" + suffix;
    stage.copy<Words>(config_.has(own) ? own : "resize_options", "modes",
                      {"area", "bilinear", "bicubic"});
    stage.copy<Doubles>("resize_mode_prob" + suffix, "mode_prob");
  }

  [[nodiscard]] std::string resize(const std::string& suffix, const Doubles& prob,
                                   const Doubles& range) {
    StageText stage = begin("resize");
    stage.copy<Doubles>("resize_prob" + suffix, "resize_prob", prob);
    stage.copy<Doubles>("resize_range" + suffix, "resize_range", range);
    copy_modes(stage, suffix);
    const bool is_second = !suffix.empty() && family_ == Family::kRealEsrgan;
    stage.set("relative_to", std::string(is_second ? "input" : "current"));
    return stage.text();
  }

  [[nodiscard]] std::string noise(const std::string& suffix, const Doubles& sigma,
                                  const Doubles& poisson) {
    StageText stage = begin("noise");
    stage.copy<double>("gaussian_noise_prob" + suffix, "gaussian_noise_prob", 0.5);
    stage.copy<Doubles>("noise_range" + suffix, "noise_range", sigma);
    stage.copy<Doubles>("poisson_scale_range" + suffix, "poisson_scale_range", poisson);
    stage.copy<double>("gray_noise_prob" + suffix, "gray_noise_prob", 0.4);
    return stage.set("channel_order", order_).text();
  }

  [[nodiscard]] std::string jpeg(const std::string& suffix) {
    StageText stage = begin("jpeg");
    stage.copy<double>("jpeg_prob" + suffix, "prob", 1);
    stage.copy<Doubles>("jpeg_range" + suffix, "jpeg_range", {30, 95});
    return stage.set("coder", std::string("float")).set("channel_order", order_).text();
  }

  [[nodiscard]] std::string reduce() {
    StageText stage = begin("resize_to_lq");
    copy_modes(stage, "3");
    return stage.text();
  }

  /// Resizing and sinc before the JPEG, or after it.
  [[nodiscard]] std::string image_tail(const std::string& indent) {
    StageText filter = begin("sinc");
    filter.copy<double>("final_sinc_prob", "prob", 0.8).set("kernel_size", kernel_sizes(""));
    const std::string small = reduce() + ", " + filter.text();
    const std::string coded = plain("clamp") + ", " + jpeg("2");
    return "{type: one_of, weights: [1, 1], decide_per: " + decide_per_ + ", choices: [\n" +
           indent + "  [" + small + ", " + coded + "],\n" + indent + "  [" + coded + ", " + small +
           "]]}";
  }

  [[nodiscard]] std::string codec() {
    StageText stage = begin("video_compression");
    for (const char* const key : {"video_codec", "encode_preset"}) stage.copy<Words>(key, key);
    for (const char* const key :
         {"video_codec_prob", "encode_preset_prob", "ratio_prob", "ratio_range"}) {
      stage.copy<Doubles>(key, key);
    }
    stage.copy<std::vector<std::int64_t>>("crf_range", "crf_range");
    stage.copy<std::vector<std::int64_t>>("crf_offset", "crf_offset");
    for (const char* const key : {"mpeg2_4_bitrate_range", "mpeg2_4_qscale_range", "fps_range"}) {
      stage.copy<std::vector<std::int64_t>>(key, key);
    }
    for (const char* const key : {"gop", "group_size"}) stage.copy<std::int64_t>(key, key);
    for (const char* const key : {"profile", "pix_fmt", "conversion"}) {
      stage.copy<std::string>(key, key);
    }
    return stage.text();
  }

  const Config& config_;
  Family family_;
  std::int64_t scale_;
  std::string decide_per_;
  std::string order_;
};

Family read_family(const Config& config) {
  const bool names_codecs = config.has("video_codec") || config.has("degradation_mode") ||
                            config.has("v1_proportion") || config.has("crf_range");
  Family family = names_codecs ? Family::kVcisr : Family::kRealEsrgan;
  config.read_enum("type", family,
                   {{"real_esrgan", Family::kRealEsrgan}, {"vcisr", Family::kVcisr}});
  return family;
}

}  // namespace

std::string stages_of_flat(const Config& config, std::int64_t scale) {
  if (config.keys().empty()) {
    throw ConfigError(config.where() + ": empty: stages:, or type: real_esrgan | vcisr, is needed");
  }
  const Family family = read_family(config);
  std::string text = Translator(config, family, scale).translate();
  config.accept_foreign({"queue_size", "gt_size", "degradate_generation_freq", "lq_usm",
                         "l1_gt_usm", "percep_gt_usm", "gan_gt_usm", "augment_prob"});
  return text;
}

const std::vector<std::string>& flat_keys() {
  static const auto table = [] {
    std::vector<std::string> keys;
    for (const char* const type : {"real_esrgan", "vcisr"}) {
      const Config config = Config::parse(std::string("{type: ") + type + "}");
      (void)stages_of_flat(config);
      for (auto& key : config.asked_keys()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
      }
    }
    return keys;
  }();
  return table;
}

}  // namespace vcisr::degradation
