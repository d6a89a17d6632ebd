// SPDX-License-Identifier: Apache-2.0
// GRL against numbers that other programs gave: tests/golden/README.md.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/normalization.h>

#include "networks/grl/block.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

// Two float32 programs that sum in another order; a plain float32 build deviates by 1.2e-5
// (docs/numerics.md).
constexpr double kTolerance = 1e-4;

nlohmann::json golden(const std::string& name) {
  std::ifstream file(std::string(VCISR_GOLDEN_DIR) + "/" + name);
  return nlohmann::json::parse(file);
}

/// Filled by the hash rule, as inference runs it.
NetworkPtr hashed(const std::string& yaml) {
  auto network = registry().make(Config::parse(yaml));
  tests::fill_by_hash_rule(*network);
  prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  return network;
}

torch::Tensor forward_case(Network& network, const nlohmann::json& item) {
  const auto lq = tests::hash_image(item.at("input_name").get<std::string>(),
                                    item.at("input").get<std::vector<std::int64_t>>());
  return network.forward(lq.unsqueeze(0).unsqueeze(0)).squeeze(0).squeeze(0).contiguous();
}

/// Sampled values and means of a tensor that is flat in the golden's order. Returns the worst
/// deviation.
double expect_samples(const torch::Tensor& x, const nlohmann::json& item, double tolerance,
                      const std::string& name) {
  const auto wide = x.contiguous().flatten().to(torch::kFloat64);
  EXPECT_NEAR(wide.mean().item<double>(), item.at("mean").get<double>(), tolerance) << name;
  if (item.contains("mean_abs")) {
    EXPECT_NEAR(wide.abs().mean().item<double>(), item.at("mean_abs").get<double>(), tolerance)
        << name;
  }
  double worst = 0;
  for (const auto& [index, value] : item.at("values").items()) {
    const double ours = wide[std::stoll(index)].item<double>();
    worst = std::max(worst, std::abs(ours - value.get<double>()));
    EXPECT_NEAR(ours, value.get<double>(), tolerance) << name << " at " << index;
  }
  return worst;
}

class GrlCase : public ::testing::TestWithParam<std::string> {};

TEST_P(GrlCase, IsTheIndependentProgram) {
  const auto item = golden("grl_cases.json").at(GetParam());
  const auto restored = forward_case(*hashed("{type: vcisr_small_x4}"), item);
  ASSERT_EQ(restored.sizes(), item.at("output").get<std::vector<std::int64_t>>());
  const double worst = expect_samples(restored, item, kTolerance, GetParam());
  std::printf("[ measured ] case %s: worst deviation %.2g\n", GetParam().c_str(), worst);
}

INSTANTIATE_TEST_SUITE_P(All, GrlCase, ::testing::Values("a", "b", "c"),
                         [](const auto& instance) { return instance.param; });

TEST(GrlGolden, EveryOutputValueOfCaseA) {
  const auto item = golden("grl_cases.json").at("a");
  const auto restored = forward_case(*hashed("{type: vcisr_small_x4}"), item).flatten();
  std::ifstream file(VCISR_GOLDEN_DIR "/grl_small_x4_case_a_output.txt");
  std::vector<double> values;
  for (double value = 0; file >> value;) values.push_back(value);
  ASSERT_EQ(static_cast<std::int64_t>(values.size()), restored.numel());
  const auto expected =
      torch::from_blob(values.data(), {restored.numel()}, torch::kFloat64).clone();
  EXPECT_LT((restored.to(torch::kFloat64) - expected).abs().max().item<double>(), kTolerance);
}

TEST(GrlGolden, EveryIntermediateTensorOfCaseA) {
  const torch::NoGradGuard no_grad;
  const auto item = golden("grl_cases.json").at("a");
  const auto& expected = item.at("intermediates");
  const auto network = hashed("{type: vcisr_small_x4}");
  const auto modules = network->named_modules();
  const auto conv = [&](const std::string& name, const torch::Tensor& x) {
    return modules[name]->as<torch::nn::Conv2d>()->forward(x);
  };
  const auto norm = [&](const std::string& name, const torch::Tensor& x) {
    return modules[name]->as<torch::nn::LayerNorm>()->forward(x);
  };
  const auto check = [&](const std::string& name, const torch::Tensor& x) {
    // The values grow from stage to stage: the tolerance grows with their size.
    const double size = std::max(1.0, expected.at(name).at("mean_abs").get<double>());
    expect_samples(x, expected.at(name), kTolerance * size, name);
  };
  auto lq = tests::hash_image("input", {1, 3, 13, 18});
  lq = at::reflection_pad2d(lq, {0, 6, 0, 3});
  lq = lq - torch::tensor({0.4488f, 0.4371f, 0.4040f}).view({1, 3, 1, 1});
  const auto first = conv("conv_first", lq);
  check("conv_first", first);
  auto x = norm("norm_start", first.permute({0, 2, 3, 1}).contiguous());
  check("norm_start", x);
  for (int stage = 0; stage < 4; ++stage) {
    const auto stage_input = x;
    const std::string layer = "layers." + std::to_string(stage);
    for (int i = 0; i < 4; ++i) {
      auto& block = *modules[layer + ".blocks." + std::to_string(i)]->as<grl::Block>();
      const std::string name = "stage" + std::to_string(stage) + ".block" + std::to_string(i);
      if (expected.contains(name + ".concat")) check(name + ".concat", block.attention().attend(x));
      x = block.forward(x);
      if (expected.contains(name)) check(name, x);
    }
    x = stage_input + conv(layer + ".conv", x.permute({0, 3, 1, 2})).permute({0, 2, 3, 1});
    check("stage" + std::to_string(stage), x);
  }
  x = norm("norm_end", x).permute({0, 3, 1, 2});
  check("body", conv("conv_after_body", x) + first);
}

TEST(GrlGolden, HasEveryParameterOfThePublishedFileInItsOrder) {
  const auto network = registry().make(Config::parse("{type: vcisr_small_x4}"));
  EXPECT_EQ(count_parameters(*network), 3487715);
  std::vector<std::string> ours;
  for (const auto& item : network->named_parameters()) {
    std::ostringstream line;
    line << item.key() << "\tf32\t" << item.value().sizes() << "\tparam";
    ours.push_back(line.str());
  }
  std::ifstream file(VCISR_GOLDEN_DIR "/vcisr_grl_small_x4_state_dict.txt");
  std::vector<std::string> published;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with("\tparam")) published.push_back(line);
  }
  EXPECT_EQ(published.size(), 440u);
  EXPECT_EQ(ours, published);
}

TEST(GrlGolden, LosesLittleInBfloat16) {
  // As smooth as a photograph: the network turns noise into more noise, in which bfloat16 reaches
  // 37 dB (docs/numerics.md has photographs).
  auto lq = torch::empty({1, 1, 3, 64, 80});
  auto* value = lq.data_ptr<float>();
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 80; ++x) {
        *value++ = static_cast<float>(0.5 + 0.3 * std::sin(0.11 * x + 0.07 * y + c) +
                                      0.15 * std::cos(0.05 * x - 0.13 * y + 2 * c));
      }
    }
  }
  const auto network = hashed("{type: vcisr_small_x4}");
  const auto wide = network->forward(lq).clamp(0, 1);
  prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  const double error = (network->forward(lq).clamp(0, 1) - wide).square().mean().item<double>();
  const double psnr_db = -10 * std::log10(error);
  std::printf("[ measured ] bf16 against fp32: %.1f dB\n", psnr_db);
  EXPECT_GE(psnr_db, 40);
}

std::string yaml_of(const nlohmann::json& options) {
  std::string text = "{type: grl";
  for (const auto& [key, value] : options.items()) {
    auto plain = value;
    if (plain.is_array()) {
      for (auto& element : plain) {
        if (element.is_null()) element = 0;
      }
    }
    text += ", " + key + ": " + plain.dump();
  }
  return text + "}";
}

std::vector<std::string> geometries() {
  std::vector<std::string> names;
  const auto all = golden("grl_geometries.json");
  for (const auto& [name, item] : all.items()) {
    if (item.is_object()) names.push_back(name);
  }
  return names;
}

class GrlGeometry : public ::testing::TestWithParam<std::string> {};

TEST_P(GrlGeometry, IsThePublishedNetwork) {
  const auto item = golden("grl_geometries.json").at(GetParam());
  const auto network = hashed(yaml_of(item.at("options")));
  EXPECT_EQ(count_parameters(*network), item.at("parameters").get<std::int64_t>());
  if (item.contains("state_dict_parameters")) {
    // The first block's and those outside the stages, in the file's order.
    std::size_t at = 0;
    const auto ours = network->named_parameters();
    for (const auto& key : item.at("state_dict_parameters")) {
      const auto name = key.at(0).get<std::string>();
      while (at < ours.size() && ours[at].key() != name) ++at;
      ASSERT_LT(at, ours.size()) << name << " is missing or not in its place";
      EXPECT_EQ(ours[at].value().sizes(), key.at(1).get<std::vector<std::int64_t>>()) << name;
    }
  }
  const auto restored = forward_case(*network, item);
  ASSERT_EQ(restored.sizes(), item.at("output").get<std::vector<std::int64_t>>());
  // The base geometries are 40 blocks deep: twice the rounding.
  const double tolerance = GetParam().starts_with("base") ? 2 * kTolerance : kTolerance;
  const double worst = expect_samples(restored, item, tolerance, GetParam());
  std::printf("[ measured ] %s: worst deviation %.2g\n", GetParam().c_str(), worst);
}

INSTANTIATE_TEST_SUITE_P(All, GrlGeometry, ::testing::ValuesIn(geometries()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace vcisr::networks
