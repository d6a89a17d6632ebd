// SPDX-License-Identifier: Apache-2.0
// Noise on given fields against the published code's results (tests/golden/degradation.json).
#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "ops/noise/noise_steps.h"
#include "support/degradation_golden.h"
#include "support/hash_rule.h"

namespace vcisr::ops {
namespace {

using detail::PictureLevels;

/// One golden case: a batch of pictures, and what each gets.
struct Case {
  nlohmann::json golden;
  std::string id = golden.at("id");
  std::vector<double> amount;  // Sigma or scale.
  std::vector<bool> gray;
  torch::Tensor batch;  // [B, 3, H, W]
};

std::vector<Case> cases(const std::string& kind, const char* amount) {
  std::vector<Case> found;
  for (const auto& golden : tests::degradation_golden().at("noise")) {
    if (golden.at("params").at("kind") != kind) continue;
    Case c{golden};
    c.amount = golden.at("params").at(amount).get<std::vector<double>>();
    for (const double flag : golden.at("params").at("gray")) c.gray.push_back(flag != 0);
    // "input NAME | NAME, each CxHxW. …"
    const std::string how = golden.at("how");
    std::istringstream names(how.substr(6, how.find(", each") - 6));
    auto shape = golden.at("out").at("shape").get<std::vector<std::int64_t>>();
    shape.erase(shape.begin());
    std::vector<torch::Tensor> images;
    for (std::string name, bar; names >> name; names >> bar) {
      images.push_back(tests::golden_image(name, shape));
    }
    c.batch = torch::cat(images);
    EXPECT_EQ(c.batch.size(0), static_cast<std::int64_t>(c.gray.size())) << c.id;
    found.push_back(c);
  }
  return found;
}

bool any(const std::vector<bool>& flags) {
  return std::find(flags.begin(), flags.end(), true) != flags.end();
}

torch::Tensor hash_field(const std::string& key, const std::vector<std::int64_t>& shape) {
  auto field = torch::empty(shape, torch::kFloat32);
  const tests::HashNumbers numbers(key);
  for (std::int64_t i = 0; i < field.numel(); ++i) {
    field.data_ptr<float>()[i] =
        static_cast<float>(std::sqrt(3.0) * numbers.unit(static_cast<std::uint64_t>(i)));
  }
  return field;
}

TEST(NoiseGolden, GaussianGivesThePublishedResults) {
  const auto all = cases("gaussian", "sigma");
  ASSERT_EQ(all.size(), 3U);
  for (const auto& c : all) {
    const auto shape = c.batch.sizes();
    const bool has_gray = any(c.gray);
    const auto colour =
        hash_field(c.id + (has_gray ? ".randn1" : ".randn0"), c.batch.sizes().vec());
    const auto gray = hash_field(c.id + ".randn0", {shape[2], shape[3]});
    auto out = torch::empty_like(c.batch);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      const auto n = static_cast<std::size_t>(i);
      out[i] = detail::apply_gaussian_field(c.batch[i], c.gray[n] ? gray : colour[i], c.amount[n]);
    }
    tests::expect_golden(out, c.golden.at("out"), 2e-7, c.id);
  }
}

/// The counts that the golden's rule makes of a picture's rates, for elements offset and on.
torch::Tensor golden_counts(const PictureLevels& picture, const std::string& key,
                            std::int64_t offset, double* rate_sum) {
  const auto rates =
      (picture.levels.to(torch::kFloat32) / 255 * (1 << picture.log2_v)).to(torch::kFloat64);
  *rate_sum += rates.sum().item<double>();
  auto counts = torch::empty(rates.sizes(), torch::kInt16);
  const tests::HashNumbers numbers(key);
  for (std::int64_t i = 0; i < counts.numel(); ++i) {
    const double rate = rates.data_ptr<double>()[i];
    const double u = numbers.unit(static_cast<std::uint64_t>(offset + i));
    counts.data_ptr<std::int16_t>()[i] = static_cast<std::int16_t>(
        std::max(0.0, std::floor(rate + std::sqrt(3.0 * rate) * u + 0.5)));
  }
  return counts;
}

/// Picture by picture.
torch::Tensor poisson_by_steps(const Case& c) {
  const auto& batch = c.batch;
  const auto& details = c.golden.at("details");
  const bool has_gray = any(c.gray);
  double gray_sum = 0;
  double colour_sum = 0;
  auto out = torch::empty_like(batch);
  for (std::int64_t i = 0; i < batch.size(0); ++i) {
    const auto n = static_cast<std::size_t>(i);
    const auto gray = detail::quantise(batch[i], ChannelOrder::kRgb);
    const auto colour = detail::quantise(batch[i], std::nullopt);
    EXPECT_EQ(1 << gray.log2_v, details.at("V_gray").at(n).get<int>()) << c.id;
    EXPECT_EQ(1 << colour.log2_v, details.at("V_colour").at(n).get<int>()) << c.id;
    const auto gray_counts =
        golden_counts(gray, c.id + ".poisson0", i * gray.levels.numel(), &gray_sum);
    auto colour_counts = golden_counts(colour, c.id + (has_gray ? ".poisson1" : ".poisson0"),
                                       i * colour.levels.numel(), &colour_sum);
    out[i] = c.gray[n] ? detail::apply_poisson_counts(batch[i], gray, gray_counts, c.amount[n])
                       : detail::apply_poisson_counts(batch[i], colour, colour_counts, c.amount[n]);
  }
  const auto& sums = details.at("rate_sums");
  EXPECT_NEAR(colour_sum / sums.back().get<double>(), 1, 1e-7) << c.id;
  if (has_gray) {
    EXPECT_NEAR(gray_sum / sums.front().get<double>(), 1, 1e-7) << c.id;
  }
  return out;
}

TEST(NoiseGolden, PoissonGivesThePublishedResults) {
  const auto all = cases("poisson", "scale");
  ASSERT_EQ(all.size(), 3U);
  for (const auto& c : all) {
    const auto out = poisson_by_steps(c);
    tests::expect_golden(out, c.golden.at("out"), 3e-7, c.id);
  }
}

// The published code's pictures hold B, G, R; ours, R, G, B.
TEST(NoiseGolden, PoissonOfAPictureTurnedAroundIsGrayAlike) {
  for (const auto& c : cases("poisson", "scale")) {
    if (!any(c.gray)) continue;
    for (std::int64_t i = 0; i < c.batch.size(0); ++i) {
      const auto expected = detail::quantise(c.batch[i], ChannelOrder::kRgb);
      const auto turned = detail::quantise(c.batch[i].flip(0), ChannelOrder::kBgr);
      EXPECT_TRUE(torch::equal(turned.levels, expected.levels)) << c.id;
      const auto wrong = detail::quantise(c.batch[i].flip(0), ChannelOrder::kRgb);
      EXPECT_FALSE(torch::equal(wrong.levels, expected.levels)) << c.id;
    }
  }
}

}  // namespace
}  // namespace vcisr::ops
