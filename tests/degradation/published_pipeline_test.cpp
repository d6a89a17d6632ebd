// SPDX-License-Identifier: Apache-2.0
// Whole pipelines of the published code, stage by stage, on its scripted draws.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "degradation/bell_names.h"
#include "degradation/step_names.h"
#include "ops/noise/noise_steps.h"
#include "support/degradation_golden.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/interpolate.h"

namespace vcisr::degradation {
namespace {

using Json = nlohmann::json;

/// The numbers that the published code asked for, in order.
class Script {
 public:
  explicit Script(const Json& draws) : draws_(draws) {}

  template <class T>
  T next(const std::string& call) {
    const Json& draw = draws_.at(at_++);
    EXPECT_TRUE(draw.at(0).get<std::string>().starts_with(call)) << draw.dump() << " for " << call;
    return draw.at(1).get<T>();
  }
  double uniform() { return next<double>("np.random.uniform"); }
  std::string word() { return next<std::string>("random.choice"); }
  std::vector<float> vector(const std::string& call) { return next<std::vector<float>>(call); }
  [[nodiscard]] bool is_next(const std::string& call) const {
    return at_ < draws_.size() && draws_.at(at_).at(0).get<std::string>().starts_with(call);
  }
  [[nodiscard]] bool is_used_up() const { return at_ == draws_.size(); }

 private:
  const Json& draws_;
  std::size_t at_ = 0;
};

double read_beta(Script& script, BellKind kind) {
  if (!has_beta(kind)) return 1;
  script.uniform();  // The coin between the halves; the value tells.
  return script.uniform();
}

BlurStep read_kernel(Script& script) {
  const auto size = script.next<std::int64_t>("random.choice");
  if (script.uniform() < 0.1) return {SincBlur{size, script.uniform()}};
  BellBlur bell;
  bell.size = size;
  bell.kind = *bell_kind(script.word());
  bell.sigma_x = script.uniform();
  if (is_aniso(bell.kind)) {
    bell.sigma_y = script.uniform();
    bell.rotation_rad = script.uniform();
  }
  bell.beta = read_beta(script, bell.kind);
  return {bell};
}

struct Kernels {
  BlurStep first, second;
  std::vector<Step> sinc;  ///< Empty for the identity pulse.
};

Kernels read_kernels(const Json& draws) {
  Script script(draws);
  Kernels kernels;
  kernels.first = read_kernel(script);
  kernels.second = read_kernel(script);
  if (script.uniform() < 0.8) {
    const auto size = script.next<std::int64_t>("random.choice");
    kernels.sinc.emplace_back(BlurStep{SincBlur{size, script.uniform()}});
  }
  EXPECT_TRUE(script.is_used_up());
  return kernels;
}

/// A batch on its way; every stage is compared as it is done.
class PublishedRun {
 public:
  explicit PublishedRun(const Json& item)
      : item_(item),
        name_(item.at("id")),
        kernels_(read_kernels(item.at("kernel_draws"))),
        script_(item.at("draws")) {}

  torch::Tensor run(torch::Tensor batch) {
    batch_ = std::move(batch);
    input_ = {batch_.size(2), batch_.size(3)};
    step(kernels_.first, "filter2D");
    resize();
    noise(1, 30, 0.05F, 3);
    jpeg();
    if (script_.uniform() < 0.8) step(kernels_.second, "filter2D");
    resize();
    noise(1, 25, 0.05F, 2.5F);
    item_.at("tail") == "V2" ? to_lq(script_.word()) : still_tail();
    EXPECT_TRUE(script_.is_used_up()) << name_;
    EXPECT_EQ(stage_, item_.at("stages").size()) << name_;
    return imaging::to_8bit(batch_);
  }

 private:
  void step(const Step& step, const std::string& stage) {
    batch_ = apply_step(batch_, step);
    expect(stage);
  }

  void expect(const std::string& stage) {
    const Json& golden = item_.at("stages").at(stage_++);
    EXPECT_EQ(golden.at("stage"), stage) << name_;
    // float32 sums in another order; the published code itself moves as much between float32 and
    // float64. No JPEG or Poisson decision lies nearer to a tie (over_2e-4_percent is 0).
    tests::expect_golden(batch_, golden.at("out"), 5e-6, name_ + " " + stage);
  }

  void resize() {
    const std::string direction = script_.word();
    const double scale = direction == "keep" ? 1 : script_.uniform();
    const std::string mode = script_.word();
    const PictureSize size{ops::scaled_length(batch_.size(2), scale),
                           ops::scaled_length(batch_.size(3), scale)};
    step(ResizeStep{*resize_mode(mode), size, scale}, "resize");
  }

  void to_lq(const std::string& mode) {
    step(ResizeStep{*resize_mode(mode), {input_.height / 4, input_.width / 4}}, "resize");
  }

  void noise(float low, float high, float scale_low, float scale_high) {
    const bool is_gaussian = script_.uniform() < 0.5;
    const auto strengths = script_.vector("torch.rand");
    const auto flags = script_.vector("torch.rand");
    const std::string call = is_gaussian ? "torch.randn" : "torch.poisson";
    std::vector<std::string> keys;
    while (script_.is_next(call)) keys.push_back(script_.next<std::string>(call));
    std::vector<torch::Tensor> pictures;
    for (std::int64_t i = 0; i < batch_.size(0); ++i) {
      const bool gray = flags[static_cast<std::size_t>(i)] < 0.4F;
      const float strength = strengths[static_cast<std::size_t>(i)];
      pictures.push_back(
          is_gaussian ? gaussian(i, gray, strength * (high - low) + low, keys)
                      : poisson(i, gray, strength * (scale_high - scale_low) + scale_low, keys));
    }
    batch_ = torch::stack(pictures);
    expect(is_gaussian ? "gaussian noise" : "poisson noise");
  }

  torch::Tensor gaussian(std::int64_t i, bool gray, float sigma,
                         const std::vector<std::string>& keys) {
    const std::int64_t pixels = batch_.size(2) * batch_.size(3);
    const std::int64_t count = gray ? pixels : 3 * pixels;
    const tests::HashNumbers numbers(gray ? keys.front() : keys.back());
    auto values = torch::empty({count}, torch::kFloat32);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto index = static_cast<std::uint64_t>((gray ? 0 : i * count) + k);
      values.data_ptr<float>()[k] = static_cast<float>(std::sqrt(3.0) * numbers.unit(index));
    }
    const torch::Tensor picture = batch_[i];
    const auto sizes = picture.sizes();
    return ops::detail::apply_gaussian_field(
        batch_[i], gray ? values.view({sizes[1], sizes[2]}) : values.view(sizes), sigma);
  }

  torch::Tensor poisson(std::int64_t i, bool gray, float scale,
                        const std::vector<std::string>& keys) {
    const auto levels = ops::detail::quantise(
        batch_[i], gray ? std::optional(ops::ChannelOrder::kRgb) : std::nullopt);
    const tests::HashNumbers numbers(gray ? keys.front() : keys.back());
    const std::int64_t count = levels.levels.numel();
    auto counts = torch::empty({count}, torch::kInt16);
    const auto flat = levels.levels.flatten();
    for (std::int64_t k = 0; k < count; ++k) {
      // The published rate is a float32 product.
      const float level = static_cast<float>(flat.data_ptr<std::uint8_t>()[k]) / 255.0F;
      const double rate = level * static_cast<float>(1 << levels.log2_v);
      const double unit = numbers.unit(static_cast<std::uint64_t>(i * count + k));
      counts.data_ptr<std::int16_t>()[k] = static_cast<std::int16_t>(
          std::max(0.0, std::floor(rate + std::sqrt(3 * rate) * unit + 0.5)));
    }
    return ops::detail::apply_poisson_counts(batch_[i], levels, counts.view(levels.levels.sizes()),
                                             scale);
  }

  void jpeg() { jpeg(script_.vector("tensor.uniform_")); }
  void jpeg(const std::vector<float>& qualities) {
    std::vector<torch::Tensor> pictures;
    for (std::int64_t i = 0; i < batch_.size(0); ++i) {
      pictures.push_back(
          apply_step(batch_.narrow(0, i, 1), JpegStep{qualities[static_cast<std::size_t>(i)]}));
    }
    batch_ = torch::cat(pictures);
    expect("jpeg");
  }

  void final_sinc() {
    // The identity pulse is a stage of the published code, and no step of ours.
    for (const Step& sinc : kernels_.sinc) batch_ = apply_step(batch_, sinc);
    expect("filter2D");
  }

  void still_tail() {
    const std::string mode = script_.word();
    const auto qualities = script_.vector("tensor.uniform_");
    if (script_.uniform() < 0.5) {
      to_lq(mode);
      final_sinc();
      batch_ = apply_step(batch_, ClampStep{});
      jpeg(qualities);
    } else {
      batch_ = apply_step(batch_, ClampStep{});
      jpeg(qualities);
      to_lq(mode);
      final_sinc();
    }
  }

  const Json& item_;
  std::string name_;
  Kernels kernels_;
  Script script_;
  torch::Tensor batch_;
  PictureSize input_;
  std::size_t stage_ = 0;
};

torch::Tensor input_of(const Json& item) {
  static const std::map<std::string, std::vector<std::string>> kInputs = {
      {"deg_pipe0", {"smooth:0", "mixed:deg_p"}},
      {"deg_pipe1", {"smooth:0.4", "mixed:deg_q"}},
      {"deg_pipe2", {"smooth:1.1", "smooth:2"}}};
  const auto shape = item.at("stages").at(0).at("out").at("shape").get<std::vector<std::int64_t>>();
  std::vector<torch::Tensor> pictures;
  for (const auto& name : kInputs.at(item.at("id").get<std::string>())) {
    pictures.push_back(tests::golden_image(name, {3, shape[2], shape[3]}));
  }
  return torch::cat(pictures);
}

TEST(PublishedPipeline, AgreesAfterEveryStageOnScriptedDraws) {
  const Json& items = tests::degradation_golden().at("pipelines");
  ASSERT_EQ(items.size(), 3U);
  for (const Json& item : items) {
    const auto lq = PublishedRun(item).run(input_of(item));
    EXPECT_EQ(item.at("lr_u8_changed_percent").get<double>(), 0.0);
    const auto& golden = item.at("lr_u8");
    tests::expect_golden(lq, golden, 1e-5, item.at("id"));
    EXPECT_EQ(lq.to(torch::kInt64).sum().item<std::int64_t>(),
              golden.at("sum").get<std::int64_t>());
  }
}

}  // namespace
}  // namespace vcisr::degradation
