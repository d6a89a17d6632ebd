// SPDX-License-Identifier: Apache-2.0
#include "metrics/natural_scene.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"

namespace vcisr::metrics {
namespace {

torch::Tensor unit(const torch::Tensor& rgb) { return rgb.to(torch::kFloat32).div(255); }

std::string refusal(const torch::Tensor& rgb) {
  try {
    check_scene(rgb, "NIQE", 8);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

TEST(FullRangeLuma, RoundsTiesAsFloat32Does) {
  torch::Tensor rgb = torch::empty({3, 16, 16}, torch::kUInt8);
  auto samples = rgb.accessor<std::uint8_t, 3>();
  for (std::int64_t y = 0; y < 16; ++y) {
    for (std::int64_t x = 0; x < 16; ++x) {
      samples[0][y][x] = static_cast<std::uint8_t>(17 * x);
      samples[1][y][x] = static_cast<std::uint8_t>(17 * y);
      samples[2][y][x] = static_cast<std::uint8_t>(255 - 9 * x - 8 * y);
    }
  }
  const LumaPlane luma = rounded_full_range_luma(unit(rgb), 16, 16);
  // PyTorch's float32 product with the weights rounds step by step, too.
  const torch::Tensor v = unit(rgb);
  const torch::Tensor expected =
      v[0].mul(0.299f).add(v[1].mul(0.587f)).add(v[2].mul(0.114f)).mul(255).round();
  for (std::int64_t y = 0; y < 16; ++y) {
    for (std::int64_t x = 0; x < 16; ++x) {
      EXPECT_EQ(luma.row(y)[x], expected[y][x].item<double>()) << x << ", " << y;
    }
  }
}

TEST(RoundedLuma, CropsAndKeepsTheRangeOfEachConvention) {
  const torch::Tensor white = torch::ones({3, 10, 12});
  const LumaPlane full = rounded_full_range_luma(white, 8, 9);
  EXPECT_EQ(full.height, 8);
  EXPECT_EQ(full.width, 9);
  EXPECT_EQ(full.samples.at(71), 255.0);
  EXPECT_EQ(rounded_basicsr_luma(white, 8, 9).samples.at(71), 235.0);
  EXPECT_EQ(rounded_basicsr_luma(white.mul(0), 8, 9).samples.at(0), 16.0);
  const LumaPlane strided = rounded_full_range_luma(white.transpose(1, 2), 9, 8);
  EXPECT_EQ(strided.samples.at(71), 255.0);
}

/// MATLAB's rule for one line, written out for any position.
double cubic(double x) {
  x = std::abs(x);
  if (x <= 1.0) return 1.5 * x * x * x - 2.5 * x * x + 1.0;
  return x < 2.0 ? -0.5 * x * x * x + 2.5 * x * x - 4.0 * x + 2.0 : 0.0;
}

std::vector<double> half_line(const std::vector<double>& line) {
  const auto count = static_cast<std::int64_t>(line.size());
  std::vector<double> out;
  for (std::int64_t i = 1; i <= (count + 1) / 2; ++i) {
    const double centre = 2.0 * static_cast<double>(i) - 0.5;
    double sum = 0.0;
    for (std::int64_t j = 2 * i - 8; j <= 2 * i + 8; ++j) {
      std::int64_t at = j - 1;
      while (at < 0 || at >= count) at = at < 0 ? -1 - at : 2 * count - 1 - at;
      const double distance = centre - static_cast<double>(j);
      sum += 0.5 * cubic(0.5 * distance) * line[static_cast<std::size_t>(at)];
    }
    out.push_back(sum);
  }
  return out;
}

TEST(Halved, IsMatlabsImresizeForEvenAndOddSizes) {
  for (const std::int64_t side : {3, 8, 13, 20}) {
    LumaPlane column(side, 1);
    LumaPlane row(1, side);
    for (std::int64_t i = 0; i < side; ++i) {
      column.samples[static_cast<std::size_t>(i)] = static_cast<double>(hash32(i, 0, 0, 3) % 256);
    }
    row.samples = column.samples;
    const std::vector<double> expected = half_line(column.samples);
    const LumaPlane down = halved(column, 1.0);
    const LumaPlane along = halved(row, 1.0);
    ASSERT_EQ(down.samples.size(), expected.size());
    ASSERT_EQ(along.samples.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(down.samples[i], expected[i], 1e-4);
      EXPECT_NEAR(along.samples[i], expected[i], 1e-4);
    }
  }
}

TEST(Halved, KeepsFlatPlanesFlat) {
  LumaPlane flat(10, 11);
  for (double& sample : flat.samples) sample = 77.0;
  for (const double sample : halved(flat, 255.0).samples) {
    EXPECT_EQ(sample, static_cast<double>(77.0f / 255.0f));
  }
}

TEST(CheckScene, SaysInOneSentenceWhatIsWrong) {
  const torch::Tensor good = unit(golden_reference(8, 9));
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(refusal(good.narrow(1, 0, 7)),
            "NIQE needs at least 8x8 pixels, but the picture has 9x7");
  torch::Tensor bad = good.clone();
  bad[1][2][3] = std::numeric_limits<float>::quiet_NaN();
  bad[1][2][4] = 1.5f;
  EXPECT_EQ(refusal(bad),
            "NIQE needs samples from 0 to 1, but 2 of 216 lie outside or are not a number");
  EXPECT_NE(refusal(golden_reference(8, 9)).find("float32 picture [3, H, W]"), std::string::npos);
  EXPECT_NE(refusal(good[0]).find("float32 picture [3, H, W]"), std::string::npos);
  EXPECT_NE(refusal({}).find("undefined"), std::string::npos);
}

}  // namespace
}  // namespace vcisr::metrics
