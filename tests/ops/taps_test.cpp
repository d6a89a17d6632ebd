// SPDX-License-Identifier: Apache-2.0
#include "ops/resize/taps.h"

#include <cmath>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "vcisr/ops/resize.h"

namespace vcisr::ops {
namespace {

nlohmann::json golden() {
  std::ifstream file(VCISR_GOLDEN_DIR "/imresize.json");
  return nlohmann::json::parse(file);
}

torch::Tensor golden_image() {  // float64 [1, 3, 24, 36] of whole numbers
  auto bytes = torch::empty({24, 36, 3}, torch::kInt64);
  auto* data = bytes.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < bytes.numel(); ++i) {
    data[i] = tests::hash_bits("stdo_image", static_cast<std::uint64_t>(i)) >> 24;
  }
  const auto up = bytes.roll({1}, {0});
  const auto sum = bytes + up + bytes.roll({1}, {1}) + up.roll({1}, {1});
  return sum.bitwise_right_shift(2).permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat64);
}

TEST(Taps, AreMatlabsWhenShrinkingByAWholeNumber) {
  const auto tables = golden()["taps"];
  for (const int s : {2, 3, 4}) {
    const auto expected = tables["x" + std::to_string(s)].get<std::vector<double>>();
    const auto taps = detail::make_taps(20 * s, 20, detail::TapFilter::kBicubic);
    const std::size_t first = static_cast<std::size_t>(taps.begin[10]);
    const std::size_t count = static_cast<std::size_t>(taps.begin[11]) - first;
    ASSERT_EQ(count, s == 3 ? 9u : 4u * static_cast<std::size_t>(s));
    for (std::size_t k = 0; k < count; ++k) {
      const double weight = expected[k < expected.size() ? k : count - 1 - k];
      EXPECT_NEAR(taps.weight[first + k], weight, 6e-8) << "scale " << s << ", tap " << k;
    }
  }
}

TEST(Taps, SumToOneAndMirrorAtAnyDistance) {
  EXPECT_EQ(detail::mirrored(-1, 3), 0);
  EXPECT_EQ(detail::mirrored(-4, 3), 2);
  EXPECT_EQ(detail::mirrored(3, 3), 2);
  EXPECT_EQ(detail::mirrored(7, 3), 1);
  EXPECT_EQ(detail::mirrored(5, 1), 0);
  for (const auto filter :
       {detail::TapFilter::kBicubic, detail::TapFilter::kLanczos3, detail::TapFilter::kBilinear}) {
    for (const auto& [in, out] :
         std::vector<std::pair<int, int>>{{1, 7}, {7, 1}, {5, 13}, {40, 3}}) {
      const auto taps = detail::make_taps(in, out, filter);
      for (std::size_t o = 0; o < static_cast<std::size_t>(out); ++o) {
        double sum = 0;
        for (auto k = static_cast<std::size_t>(taps.begin[o]);
             k < static_cast<std::size_t>(taps.begin[o + 1]); ++k) {
          sum += taps.weight[k];
          EXPECT_LT(taps.index[k], in);
          EXPECT_GE(taps.index[k], 0);
        }
        EXPECT_NEAR(sum, 1, 1e-14);
      }
    }
  }
}

TEST(Taps, OfAnUnchangedAxisAreTheIdentity) {
  const auto taps = detail::make_taps(9, 9, detail::TapFilter::kLanczos3);
  EXPECT_EQ(taps.weight, std::vector<double>(9, 1.0));
}

TEST(Taps, AreKeptForTheNextCall) {
  const auto first = detail::cached_taps(31, 62, detail::TapFilter::kBicubic, false);
  EXPECT_EQ(first, detail::cached_taps(31, 62, detail::TapFilter::kBicubic, false));
  EXPECT_NE(first, detail::cached_taps(31, 62, detail::TapFilter::kBilinear, false));
}

// spec: uint8 clip and round-half-even after each dimension, rows first.
TEST(Resize, GivesTheGoldenBytesOfImresize) {
  const auto expected = golden();
  const auto image = golden_image();
  for (const int s : {2, 3, 4}) {
    for (const auto dtype : {torch::kFloat64, torch::kFloat32}) {
      const auto rows = resize(image.to(dtype), 24 / s, 36).round().clamp(0, 255);
      const auto both = resize(rows, 24 / s, 36 / s).round().clamp(0, 255);
      const auto bytes = both[0].permute({1, 2, 0}).to(torch::kInt64).contiguous();
      const auto& row = expected["x" + std::to_string(s)];
      const auto numbers = torch::arange(1, bytes.numel() + 1);
      EXPECT_EQ(bytes.sum().item<std::int64_t>(), row["sum"].get<std::int64_t>());
      EXPECT_EQ((bytes.flatten() * numbers).sum().item<std::int64_t>(),
                row["weighted_sum"].get<std::int64_t>());
      const auto first = row["first"].get<std::vector<std::int64_t>>();
      for (std::size_t x = 0; x < first.size(); ++x) {
        EXPECT_EQ(bytes[0][static_cast<std::int64_t>(x)][0].item<std::int64_t>(), first[x]);
      }
    }
  }
}

}  // namespace
}  // namespace vcisr::ops
