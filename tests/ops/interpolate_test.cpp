// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/interpolate.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/nn/functional/upsampling.h>

#include "ops/instruction_sets.h"
#include "ops/interpolate/interpolate_taps.h"
#include "support/degradation_golden.h"
#include "support/hash_rule.h"

namespace vcisr::ops {
namespace {

using tests::instruction_sets;
using tests::WithInstructionSet;

const std::vector<InterpolateMode> kModes = {InterpolateMode::kArea, InterpolateMode::kBilinear,
                                             InterpolateMode::kBicubic};

torch::Tensor wide(const torch::Tensor& t) { return t.to(torch::kFloat64); }

double furthest(const torch::Tensor& a, const torch::Tensor& b) {
  return (wide(a) - wide(b)).abs().max().item<double>();
}

/// torch's own, of a size or by a scale.
torch::Tensor by_torch(const torch::Tensor& x, InterpolateMode mode,
                       const std::optional<std::vector<std::int64_t>>& size,
                       std::optional<double> scale) {
  auto options = torch::nn::functional::InterpolateFuncOptions();
  if (size) options.size(*size);
  if (scale) {
    options.scale_factor(std::vector<double>{*scale, *scale});
    options.recompute_scale_factor(mode ==
                                   InterpolateMode::kArea);  // As by default; but no warning.
  }
  if (mode == InterpolateMode::kArea)
    return torch::nn::functional::interpolate(x, options.mode(torch::kArea));
  options.align_corners(false);
  if (mode == InterpolateMode::kBilinear) {
    return torch::nn::functional::interpolate(x, options.mode(torch::kBilinear));
  }
  return torch::nn::functional::interpolate(x, options.mode(torch::kBicubic));
}

/// What stands between two marks of a golden's description.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return "";
  const auto from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

std::vector<std::int64_t> sizes_of(const std::string& text) {  // "3x64x64"
  std::vector<std::int64_t> sizes;
  for (std::size_t from = 0; from < text.size();) {
    sizes.push_back(std::stoll(text.substr(from)));
    from = std::min(text.find('x', from), text.size() - 1) + 1;
  }
  return sizes;
}

InterpolateMode mode_of(const std::string& name) {
  if (name == "area") return InterpolateMode::kArea;
  return name == "bilinear" ? InterpolateMode::kBilinear : InterpolateMode::kBicubic;
}

/// One picture, or one row of which every row of the picture is a copy.
torch::Tensor golden_result(const std::string& how, torch::Dtype type) {
  const auto mode = mode_of(between(how + ",", "mode ", ","));
  const auto scale = between(how + ";", "scale_factor ", ";");
  if (how.starts_with("row")) {
    auto row = torch::empty({10}, torch::kFloat32);
    for (std::int64_t i = 0; i < 10; ++i) {
      row[i] = static_cast<float>(tests::hash_unit("interp", static_cast<std::uint64_t>(i)));
    }
    const auto x = row.expand({1, 1, 10, 10}).to(type);
    const auto y = scale.empty()
                       ? interpolate(x, 10, std::stoll(between(how, "output width ", ",")), mode)
                       : interpolate_by(x, std::stod(scale), mode);
    return y[0][0][y.size(2) / 2];
  }
  const auto x = tests::golden_image(
                     between(how, "input ", " "),
                     sizes_of(between(how, ":", ",").substr(between(how, ":", ",").find(' ') + 1)))
                     .to(type);
  if (!scale.empty()) return interpolate_by(x, std::stod(scale), mode).squeeze(0);
  const auto size = sizes_of(between(how, "size ", " "));
  return interpolate(x, size[0], size[1], mode).squeeze(0);
}

TEST(Interpolate, IsThePublishedOne) {
  const auto& cases = tests::degradation_golden().at("resize");
  ASSERT_EQ(cases.size(), 36U);
  for (const auto& item : cases) {
    const auto name = item.at("id").get<std::string>();
    const auto& expected = item.at("out");
    for (const auto type : {torch::kFloat32, torch::kFloat64}) {
      const auto y = golden_result(item.at("how").get<std::string>(), type);
      // The published code took its positions in float32: half a unit of 64 is 4e-6.
      tests::expect_golden(y, expected, 6e-6, name);
    }
  }
}

struct Case {
  std::int64_t in_h, in_w, out_h, out_w;
};

const std::vector<Case> kCases = {
    {36, 36, 54, 54}, {36, 41, 9, 7},   {17, 23, 51, 69}, {37, 101, 17, 43}, {19, 64, 19, 64},
    {19, 64, 19, 13}, {1, 1, 5, 3},     {1, 1, 1, 1},     {1, 9, 4, 1},      {3, 2, 7, 40},
    {2, 3, 1, 1},     {97, 131, 3, 2},  {64, 64, 1, 90},  {33, 129, 90, 90}, {5, 512, 5, 63},
    {40, 40, 80, 20}, {90, 90, 91, 89}, {4, 4, 200, 3}};

TEST(Interpolate, IsTorchsForEverySizeAndInstructionSet) {
  torch::manual_seed(21);
  for (const auto& c : kCases) {
    const auto x = torch::rand({2, 2, c.in_h, c.in_w});
    for (const auto mode : kModes) {
      const auto expected = by_torch(wide(x), mode, {{c.out_h, c.out_w}}, std::nullopt);
      EXPECT_LT(furthest(interpolate(wide(x), c.out_h, c.out_w, mode), expected), 1e-15);
      torch::Tensor first;
      for (const auto set : instruction_sets()) {
        const WithInstructionSet with(set);
        const auto y = interpolate(x, c.out_h, c.out_w, mode);
        ASSERT_EQ(y.sizes().vec(), (std::vector<std::int64_t>{2, 2, c.out_h, c.out_w}));
        EXPECT_EQ(y.scalar_type(), torch::kFloat32);
        EXPECT_TRUE(y.is_contiguous());
        EXPECT_LT(furthest(y, expected), 6e-7) << c.in_h << "x" << c.in_w << " -> " << c.out_h
                                               << "x" << c.out_w << " " << static_cast<int>(mode);
        if (!first.defined()) first = y;
        EXPECT_TRUE(torch::equal(first, y)) << "instruction sets differ at " << c.out_w;
      }
    }
  }
}

TEST(Interpolate, IsTorchsForEveryScaleAndInstructionSet) {
  torch::manual_seed(22);
  for (const auto& [height, width] : {std::pair{36, 36}, {29, 53}, {7, 100}, {90, 8}, {360, 11}}) {
    const auto x = torch::rand({1, 3, height, width});
    for (const double scale : {0.151, 0.37, 0.5, 0.63, 0.999, 1.0, 1.001, 1.15, 1.49, 2.0, 3.7}) {
      for (const auto mode : kModes) {
        const auto expected = by_torch(wide(x), mode, std::nullopt, scale);
        EXPECT_LT(furthest(interpolate_by(wide(x), scale, mode), expected), 1e-15);
        torch::Tensor first;
        for (const auto set : instruction_sets()) {
          const WithInstructionSet with(set);
          const auto y = interpolate_by(x, scale, mode);
          ASSERT_EQ(y.sizes(), expected.sizes()) << scale;
          EXPECT_LT(furthest(y, expected), 6e-7)
              << height << "x" << width << " by " << scale << " " << static_cast<int>(mode);
          if (!first.defined()) first = y;
          EXPECT_TRUE(torch::equal(first, y)) << "instruction sets differ at " << scale;
        }
      }
    }
  }
}

TEST(Interpolate, StaysNearTorchsInFloat32) {
  torch::manual_seed(23);
  const auto x = torch::rand({1, 1, 360, 360});
  for (const auto mode : kModes) {
    for (const double scale : {0.152, 0.631, 1.4993}) {
      // torch rounds positions up to 540 to float32: 3e-5 of a pixel, and noise is steep.
      EXPECT_LT(furthest(interpolate_by(x, scale, mode), by_torch(x, mode, std::nullopt, scale)),
                1e-4);
    }
  }
}

TEST(Interpolate, TapsAreNeighboursInsideTheLineAndSumToOne) {
  for (const auto filter : {detail::InterpolateFilter::kArea, detail::InterpolateFilter::kBilinear,
                            detail::InterpolateFilter::kBicubic}) {
    for (const auto& [in, out, scale] : {std::tuple{1, 1, 1.0},
                                         {1, 7, 7.5},
                                         {10, 13, 1.37},
                                         {10, 6, 0.63},
                                         {3, 5, 1.9},
                                         {360, 539, 1.4999},
                                         {360, 54, 0.15},
                                         {2, 1, 0.5},
                                         {4, 3, 0.75}}) {
      for (const auto& given : {std::optional<double>(), std::optional<double>(scale)}) {
        const auto taps = detail::make_interpolate_taps(in, out, filter, given);
        ASSERT_EQ(taps.begin.size(), static_cast<std::size_t>(out) + 1);
        for (std::size_t o = 0; o + 1 < taps.begin.size(); ++o) {
          double sum = 0;
          for (auto k = taps.begin[o]; k < taps.begin[o + 1]; ++k) {
            const auto tap = static_cast<std::size_t>(k);
            EXPECT_EQ(taps.index[tap], taps.runs->first[o] + k - taps.begin[o]);
            EXPECT_GE(taps.index[tap], 0);
            EXPECT_LT(taps.index[tap], in);
            sum += taps.weight[tap];
          }
          EXPECT_NEAR(sum, 1, 1e-14) << in << " -> " << out << " at " << o;
        }
      }
    }
  }
}

TEST(Interpolate, KeepsWhatDoesNotChange) {
  torch::manual_seed(24);
  const auto x = torch::randn({2, 3, 37, 21});
  for (const auto mode : kModes) {
    const auto same = interpolate(x, 37, 21, mode);
    EXPECT_TRUE(torch::equal(same, x));
    EXPECT_FALSE(same.is_alias_of(x));
    EXPECT_TRUE(torch::equal(interpolate_by(x, 1, mode), x));
    const auto constant = torch::full({1, 1, 13, 7}, 0.625);
    EXPECT_LT(furthest(interpolate(constant, 31, 3, mode), torch::full({1, 1, 31, 3}, 0.625)),
              2e-7);
    // One axis stays: its rows are independent.
    EXPECT_TRUE(torch::equal(interpolate(x, 37, 50, mode).select(2, 5),
                             interpolate(x.slice(2, 5, 6), 1, 50, mode).select(2, 0)));
  }
  EXPECT_TRUE(torch::equal(interpolate(x, 74, 42, InterpolateMode::kArea),
                           x.repeat_interleave(2, 2).repeat_interleave(2, 3)));
}

TEST(Interpolate, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(25);
  const auto x = torch::rand({2, 3, 211, 307});
  const int threads = at::get_num_threads();
  for (const auto mode : kModes) {
    for (const double scale : {0.41, 1.5, 1.37}) {
      at::set_num_threads(1);
      const auto one = interpolate_by(x, scale, mode);
      for (const int count : {2, 4, 5}) {
        at::set_num_threads(count);
        EXPECT_TRUE(torch::equal(one, interpolate_by(x, scale, mode))) << scale;
      }
      at::set_num_threads(threads);
      EXPECT_TRUE(
          torch::equal(one.narrow(0, 1, 1), interpolate_by(x.narrow(0, 1, 1), scale, mode)));
    }
  }
}

TEST(Interpolate, TakesAnyStridesAndReadsNothingBeyondThePicture) {
  torch::manual_seed(26);
  const auto x = torch::rand({2, 3, 20, 31});
  auto all = torch::full({2, 3, 22, 50}, NAN);
  const auto window = all.slice(2, 1, 21).slice(3, 7, 38);
  window.copy_(x);
  for (const auto mode : kModes) {
    for (const auto& [h, w] : {std::pair{41, 53}, {7, 12}, {20, 31}}) {
      const auto expected = interpolate(x, h, w, mode);
      EXPECT_TRUE(torch::equal(interpolate(window, h, w, mode), expected));
      EXPECT_TRUE(torch::equal(
          interpolate(x.contiguous(torch::MemoryFormat::ChannelsLast), h, w, mode), expected));
      EXPECT_TRUE(torch::equal(interpolate(x.transpose(2, 3), w, h, mode),
                               interpolate(x.transpose(2, 3).contiguous(), w, h, mode)));
      EXPECT_TRUE(torch::equal(interpolate(x.narrow(0, 0, 1).expand({3, 3, 20, 31}), h, w, mode)[2],
                               expected[0]));
    }
  }
}

TEST(Interpolate, PassesEmptyBatchesAndGradients) {
  for (const auto mode : kModes) {
    EXPECT_EQ(interpolate(torch::rand({0, 3, 8, 8}), 4, 5, mode).sizes().vec(),
              (std::vector<std::int64_t>{0, 3, 4, 5}));
    auto x = torch::rand({1, 2, 9, 9}).requires_grad_();
    interpolate_by(x, 1.7, mode).sum().backward();
    EXPECT_NEAR(x.grad().sum().item<double>(), 2 * 15 * 15, 1e-3);
  }
}

TEST(Interpolate, ScaledLengthIsTheFloorOfAFloat64Product) {
  EXPECT_EQ(scaled_length(64, 0.63), 40);
  EXPECT_EQ(scaled_length(100, 0.29), 28);  // 28.999999999999996
  EXPECT_EQ(scaled_length(360, 1.5), 540);
  EXPECT_EQ(scaled_length(3, 0.3), 0);
  EXPECT_EQ(scaled_length(0, 2), 0);
}

TEST(Interpolate, NamesWhatDoesNotFit) {
  const auto message = [](const auto& run) -> std::string {
    try {
      (void)run();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  constexpr auto kMode = InterpolateMode::kBilinear;
  const auto x = torch::rand({1, 3, 8, 8});
  const auto expect = [&](const auto& run, const std::string& text) {
    EXPECT_NE(message(run).find(text), std::string::npos) << message(run);
  };
  expect([&] { return interpolate(x[0], 4, 4, kMode); }, "interpolate: x must be float32");
  expect([&] { return interpolate(x.to(torch::kUInt8), 4, 4, kMode); }, "but is Byte [1, 3, 8, 8]");
  expect([&] { return interpolate_by(x.slice(2, 0, 0), 2, kMode); }, "must have rows and columns");
  expect([&] { return interpolate(x, 0, 4, kMode); }, "must be positive, not 0 x 4");
  expect([&] { return interpolate(x, 4, -1, kMode); }, "must be positive, not 4 x -1");
  expect([&] { return interpolate_by(x, 0.1, kMode); }, "scale 0.1 leaves nothing of 8 x 8");
  expect([&] { return interpolate_by(x, 0, kMode); }, "scale must be positive and finite, not 0");
  expect([&] { return interpolate_by(x, NAN, kMode); }, "scale must be positive and finite");
  expect([&] { return interpolate_by(x, 1e30, kMode); }, "is outside [0, 1073741824]");
  expect([&] { return interpolate(x, 4, 4, static_cast<InterpolateMode>(9)); },
         "no mode has the number 9");
}

}  // namespace
}  // namespace vcisr::ops
