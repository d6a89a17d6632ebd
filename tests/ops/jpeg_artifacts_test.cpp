// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/jpeg_artifacts.h"

#define VCISR_JPEG_KERNEL jpeg_kernel_of_this_test
#define VCISR_VECTOR_BYTES 16

#include <cmath>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "ops/instruction_sets.h"
#include "ops/jpeg_artifacts/cpu_kernels_impl.h"
#include "support/degradation_golden.h"
#include "support/hash_rule.h"

namespace vcisr::ops {
namespace {

using tests::instruction_sets;
using tests::WithInstructionSet;

torch::Tensor wide(const torch::Tensor& t) { return t.to(torch::kFloat64); }

torch::Tensor quality_of(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat64);
}

double psnr_db(const torch::Tensor& a, const torch::Tensor& b) {
  return -10 * std::log10((wide(a) - wide(b)).square().mean().item<double>());
}

/// Share of 16x16 macroblocks that differ by more than rounding: where two programs rounded a
/// coefficient near a tie to different sides.
double share_of_other_blocks(const torch::Tensor& a, const torch::Tensor& b, double tolerance) {
  const auto pad = [](std::int64_t side) { return (16 - side % 16) % 16; };
  const auto difference = at::constant_pad_nd((wide(a) - wide(b)).abs().amax(1, true),
                                              {0, pad(a.size(3)), 0, pad(a.size(2))});
  return at::max_pool2d(difference, {16, 16})
      .gt(tolerance)
      .to(torch::kFloat64)
      .mean()
      .item<double>();
}

/// Smooth with edges, float32 [N, 3, H, W], a little outside of [0, 1].
torch::Tensor picture(std::int64_t n, std::int64_t height, std::int64_t width) {
  const auto y = torch::arange(height).view({1, 1, height, 1});
  const auto x = torch::arange(width).view({1, 1, 1, width});
  const auto c = torch::arange(3).view({1, 3, 1, 1});
  return (0.5 + 0.4 * at::sin(0.19 * x + 0.07 * y + c) + 0.2 * at::sign(at::sin(0.11 * y - c)) +
          0.1 * torch::rand({n, 3, height, width}))
      .to(torch::kFloat32);
}

TEST(JpegArtifacts, IsThePublishedOne) {
  const auto& cases = tests::degradation_golden().at("jpeg");
  ASSERT_EQ(cases.size(), 16U);
  for (const auto& item : cases) {
    const auto name = item.at("id").get<std::string>();
    const auto how = item.at("how").get<std::string>();
    const auto& expected = item.at("out");
    const auto x = tests::golden_image(how.substr(6, how.find(',') - 6),
                                       expected.at("shape").get<std::vector<std::int64_t>>());
    const auto quality = quality_of({std::stod(name.substr(name.rfind('q') + 1))});
    // No coefficient of these lies near enough to a tie for float32 programs to disagree.
    ASSERT_GT(expected.at("closest_tie").get<double>(), 5e-5) << name;
    const auto check = [&](const torch::Tensor& y) {
      tests::expect_golden(y.squeeze(0), expected, 1e-6, name);
      EXPECT_NEAR(psnr_db(y, x), expected.at("psnr_db").get<double>(), 1e-5) << name;
    };
    check(jpeg_artifacts(wide(x), quality));
    for (const auto set : instruction_sets()) {
      const WithInstructionSet with(set);
      check(jpeg_artifacts(x, quality));
    }
  }
}

struct SpotValues {
  double quality, mean, psnr, at_0_0_0, at_1_5_7, at_2_19_23, at_0_19_0;
};

TEST(JpegArtifacts, HasThePublishedSpotValues) {
  auto x = torch::empty({1, 3, 20, 24}, torch::kFloat32);
  auto value = x.accessor<float, 4>();
  std::uint64_t index = 0;
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 20; ++i) {
      for (int j = 0; j < 24; ++j, ++index) {
        value[0][c][i][j] = static_cast<float>(0.5 + 0.35 * std::sin(0.31 * i + 0.17 * j + c) +
                                               0.1 * tests::hash_unit("jpeg", index));
      }
    }
  }
  EXPECT_NEAR(value[0][0][0][0], .446222782, 1e-8);
  EXPECT_NEAR(value[0][2][19][23], .322734833, 1e-8);
  const std::vector<SpotValues> spots = {
      {30, .497573808, 21.536466, .637178019, .352132073, .150065677, .372189009},
      {50, .49833947, 22.266131, .594664122, .327290377, .177051132, .476170176},
      {77.7, .498863959, 23.043883, .573268662, .301742149, .178085131, .375733233},
      {95, .4992562, 25.026272, .589304286, .24195734, .284884452, .484836967}};
  for (const auto& s : spots) {
    for (const auto type : {torch::kFloat32, torch::kFloat64}) {
      const auto y = jpeg_artifacts(x.to(type), quality_of({s.quality}))[0];
      EXPECT_NEAR(y.mean().item<double>(), s.mean, 1e-6) << s.quality;
      EXPECT_NEAR(psnr_db(y, x[0]), s.psnr, 1e-4) << s.quality;
      EXPECT_NEAR(y[0][0][0].item<double>(), s.at_0_0_0, 1e-6) << s.quality;
      EXPECT_NEAR(y[1][5][7].item<double>(), s.at_1_5_7, 1e-6) << s.quality;
      EXPECT_NEAR(y[2][19][23].item<double>(), s.at_2_19_23, 1e-6) << s.quality;
      EXPECT_NEAR(y[0][19][0].item<double>(), s.at_0_19_0, 1e-6) << s.quality;
    }
  }
}

TEST(JpegArtifacts, KernelsAreTheFloat64CompositionForEverySize) {
  torch::manual_seed(31);
  for (const auto& [height, width] : {std::pair{1, 1},
                                      {7, 9},
                                      {16, 16},
                                      {17, 33},
                                      {15, 16},
                                      {16, 31},
                                      {32, 5},
                                      {90, 90},
                                      {53, 71},
                                      {1, 300},
                                      {129, 2},
                                      {256, 256},
                                      {271, 257}}) {
    const auto x = picture(2, height, width);
    for (const double q : {1.0, 12.5, 30.0, 49.999, 50.0, 77.7, 95.0}) {
      const auto quality = quality_of({q, 100 - q / 2});
      const auto expected = jpeg_artifacts(wide(x), quality);
      torch::Tensor first;
      for (const auto set : instruction_sets()) {
        const WithInstructionSet with(set);
        const auto y = jpeg_artifacts(x, quality);
        ASSERT_EQ(y.sizes(), x.sizes());
        EXPECT_EQ(y.scalar_type(), torch::kFloat32);
        // One macroblock of 100 has a coefficient within 2e-5 of a tie.
        EXPECT_LE(share_of_other_blocks(y, expected, 1e-6), height * width < 5000 ? 0 : 0.02)
            << height << "x" << width << " quality " << q;
        EXPECT_GE(y.min().item<double>(), 0);
        EXPECT_LE(y.max().item<double>(), 1);
        if (!first.defined()) first = y;
        EXPECT_TRUE(torch::equal(first, y)) << "instruction sets differ at " << q;
      }
    }
  }
}

TEST(JpegArtifacts, RoundsHalfToEven) {
  for (const float x :
       {0.0f,       0.25f,      0.5f,       0.50000006f, 0.49999997f, 1.5f,       2.5f,
        2.4999998f, 3.5f,       1023.5f,    1024.5f,     4194302.5f,  4194303.5f, 8388606.5f,
        8388607.5f, 8388608.0f, 8388609.0f, 16777215.0f, 3e9f,        1e30f}) {
    for (const float sign : {1.0f, -1.0f}) {
      const auto y = detail::rounded(detail::broadcast(sign * x));
      EXPECT_EQ(y[0], std::nearbyint(sign * x)) << sign * x;
      EXPECT_EQ(y[3], y[0]);
    }
  }
}

TEST(JpegArtifacts, TakesQualitiesUpToTheLastBefore100) {
  torch::manual_seed(32);
  const auto x = torch::rand({1, 3, 32, 32});
  const double last = std::nextafter(100.0, 0.0);
  for (const double q : {99.5, 99.999999, last}) {
    const auto y = jpeg_artifacts(x, quality_of({q}));
    const auto exact = jpeg_artifacts(wide(x), quality_of({q}));
    // At 99.5 a step is at most 1.2 levels of 255.
    EXPECT_LT((y - exact).abs().max().item<double>(), q < 99.9 ? 1.5 / 255 : 1e-5) << q;
  }
  const auto gray = torch::rand({1, 1, 32, 32}).expand({1, 3, 32, 32});
  EXPECT_LT((jpeg_artifacts(gray, quality_of({last})) - gray).abs().max().item<double>(), 1e-5);
}

TEST(JpegArtifacts, ClampsAndTreatsWhatIsBeyondAsBlack) {
  torch::manual_seed(33);
  const auto x = 3 * torch::rand({1, 3, 21, 19}) - 1;
  const auto quality = quality_of({60});
  EXPECT_TRUE(torch::equal(jpeg_artifacts(x, quality), jpeg_artifacts(x.clamp(0, 1), quality)));
  const auto padded = at::constant_pad_nd(x, {0, 13, 0, 11});
  EXPECT_TRUE(torch::equal(jpeg_artifacts(x, quality),
                           jpeg_artifacts(padded, quality).narrow(2, 0, 21).narrow(3, 0, 19)));
}

TEST(JpegArtifacts, BgrIsRgbWithItsChannelsTurned) {
  torch::manual_seed(34);
  const auto quality = quality_of({40, 90});
  for (const auto& x : {picture(2, 37, 53), wide(picture(2, 20, 24))}) {
    const auto bgr = jpeg_artifacts(x, quality, ChannelOrder::kBgr);
    EXPECT_TRUE(torch::equal(bgr, jpeg_artifacts(x.flip(1), quality).flip(1)));
    EXPECT_FALSE(torch::equal(bgr, jpeg_artifacts(x, quality)));
    EXPECT_TRUE(bgr.is_contiguous());
  }
}

TEST(JpegArtifacts, TreatsEachPictureOfABatchAlone) {
  torch::manual_seed(35);
  const std::vector<double> qualities = {31, 95, 49.5, 77.25, 60};
  const auto x = picture(5, 75, 91);
  const auto y = jpeg_artifacts(x, quality_of(qualities));
  const auto exact = jpeg_artifacts(wide(x), quality_of(qualities));
  for (std::int64_t n = 0; n < 5; ++n) {
    const auto quality = quality_of({qualities[static_cast<std::size_t>(n)]});
    EXPECT_TRUE(torch::equal(y.narrow(0, n, 1), jpeg_artifacts(x.narrow(0, n, 1), quality)));
    EXPECT_LT((exact.narrow(0, n, 1) - jpeg_artifacts(wide(x.narrow(0, n, 1)), quality))
                  .abs()
                  .max()
                  .item<double>(),
              1e-9);
  }
  EXPECT_EQ(jpeg_artifacts(x.narrow(0, 0, 0), torch::empty({0}, torch::kFloat64)).sizes().vec(),
            (std::vector<std::int64_t>{0, 3, 75, 91}));
}

TEST(JpegArtifacts, GivesTheSameBitsWithAnyNumberOfThreads) {
  torch::manual_seed(36);
  const auto x = picture(3, 203, 187);
  const auto quality = quality_of({33, 66, 94});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = jpeg_artifacts(x, quality);
  for (const int count : {2, 3, 5}) {
    at::set_num_threads(count);
    EXPECT_TRUE(torch::equal(jpeg_artifacts(x, quality), one)) << count;
  }
  at::set_num_threads(threads);
}

TEST(JpegArtifacts, TakesAnyStridesAndRecordsNoGradient) {
  torch::manual_seed(37);
  auto all = torch::full({1, 40, 60, 3}, NAN);
  const auto window = all.slice(1, 3, 30).slice(2, 9, 52).permute({0, 3, 1, 2});
  window.copy_(picture(1, 27, 43));
  const auto quality = quality_of({70, 70}).slice(0, 0, 1);
  EXPECT_TRUE(
      torch::equal(jpeg_artifacts(window, quality), jpeg_artifacts(window.contiguous(), quality)));
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    EXPECT_FALSE(
        jpeg_artifacts(torch::rand({1, 3, 8, 8}, type).requires_grad_(), quality).requires_grad());
  }
}

TEST(JpegArtifacts, NamesWhatDoesNotFit) {
  const auto x = torch::rand({2, 3, 8, 8});
  const auto two = quality_of({50, 60});
  const auto expect = [](const auto& run, const std::string& text) {
    std::string message = "no error";
    try {
      (void)run();
    } catch (const c10::Error& error) {
      message = error.what_without_backtrace();
    }
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect([&] { return jpeg_artifacts(x[0], two); }, "x must be float32 or float64 [N, 3, H, W]");
  expect([&] { return jpeg_artifacts(x.narrow(1, 0, 1), two); }, "but is Float [2, 1, 8, 8]");
  expect([&] { return jpeg_artifacts(x.slice(3, 0, 0), two); }, "H and W at least 1");
  expect([&] { return jpeg_artifacts(x.to(torch::kHalf), two); }, "x must be float32");
  expect([&] { return jpeg_artifacts(x, two.narrow(0, 0, 1)); }, "quality must be float64 [2]");
  expect([&] { return jpeg_artifacts(x, two.to(torch::kFloat32)); }, "but is Float [2] on cpu");
  for (const double q : {100.0, 0.99, -3.0, std::nan(""), 1e9}) {
    expect(
        [&] {
          return jpeg_artifacts(x, quality_of({50, q}));
        },
        "quality must be at least 1 and less than 100, but quality[1] is ");
  }
}

}  // namespace
}  // namespace vcisr::ops
