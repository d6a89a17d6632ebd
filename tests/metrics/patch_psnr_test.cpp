// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/patch_psnr.h"

#include <cmath>
#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"
#include "support/hash_rule.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

void expect_equal(const SquaredError& error, const nlohmann::json& expected) {
  EXPECT_EQ(error.sum, expected.at("sum").get<double>());
  EXPECT_EQ(error.count, expected.at("count").get<std::int64_t>());
}

TEST(PatchPsnr, AgreesWithTheGoldenSums) {
  int compared = 0;
  for (const auto& golden : full_reference_cases()) {
    if (!golden.numbers.contains("patches")) continue;
    for (const auto& expected : golden.numbers.at("patches")) {
      const PatchGrid grid{expected.at("columns"), expected.at("rows"), expected.at("shave_px")};
      expect_equal(patch_squared_error(golden.distorted, golden.reference, grid), expected);
      expect_equal(patch_squared_error(with_padded_rows(golden.distorted), golden.reference, grid),
                   expected);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 9);
}

TEST(PatchPsnr, SeamsAgreeWithTheGoldenSums) {
  for (const auto& golden : full_reference_cases()) {
    if (!golden.numbers.contains("seams")) continue;
    for (const auto& expected : golden.numbers.at("seams")) {
      const PatchGrid grid{expected.at("columns"), expected.at("rows"), 99};
      expect_equal(seam_squared_error(golden.distorted, golden.reference, grid,
                                      expected.at("band_px").get<std::int64_t>()),
                   expected);
    }
  }
}

// What an independent program printed for two patches made by the hash rule: restored = 0.8 hq +
// 0.2 (1.1 a - 0.05), rounded to 8 bits; 10 log10 of one over the mean squared error, in dB.
TEST(PatchPsnr, GivesThePublishedPatchNumbers) {
  const tests::HashNumbers bytes("stdo_metric_hr");
  const tests::HashNumbers a("stdo_metric_sr");
  const torch::Tensor hq = torch::empty({2, 3, 24, 20}, torch::kUInt8);
  const torch::Tensor restored = torch::empty_like(hq);
  for (std::int64_t i = 0; i < hq.numel(); ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    const auto byte = static_cast<std::uint8_t>(bytes.bits(index) >> 24);
    const auto value = static_cast<float>(byte) / 255.0f;
    const auto noise = static_cast<float>(0.5 + 0.5 * a.unit(index));
    const float sum = 0.8f * value + 0.2f * (1.1f * noise - 0.05f);
    hq.mutable_data_ptr<std::uint8_t>()[i] = byte;
    restored.mutable_data_ptr<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(std::nearbyint(std::fmin(std::fmax(sum, 0.0f), 1.0f) * 255.0f));
  }
  // Side by side they are a picture with a grid of two patches.
  const auto picture = [](const torch::Tensor& x) { return torch::cat({x[0], x[1]}, 2); };
  struct Published {
    std::int64_t shave_px;
    double first_db, second_db, pooled_db;
  };
  for (const Published& p : {Published{0, 21.2835901, 21.197168, 21.2401641},
                             {4, 21.1879361, 20.9571472, 21.0710088},
                             {6, 21.2271504, 20.8130138, 21.0151475},
                             {8, 21.2513357, 20.428729, 20.8205849}}) {
    const auto db = [&](const SquaredError& error) { return psnr_of_mse_db(error.mse()); };
    EXPECT_NEAR(db(patch_squared_error(restored[0], hq[0], {1, 1, p.shave_px})), p.first_db, 1e-3);
    EXPECT_NEAR(db(patch_squared_error(restored[1], hq[1], {1, 1, p.shave_px})), p.second_db, 1e-3);
    EXPECT_NEAR(db(patch_squared_error(picture(restored), picture(hq), {2, 1, p.shave_px})),
                p.pooled_db, 1e-3);
  }
}

TEST(PatchPsnr, RefusesGridsWithoutPatches) {
  const torch::Tensor picture = torch::zeros({3, 20, 30}, torch::kUInt8);
  const auto refusal = [&](const PatchGrid& grid) {
    return refusal_of([&] { return patch_squared_error(picture, picture, grid).sum; });
  };
  EXPECT_THAT(refusal({0, 1, 0}), HasSubstr("the grid is 0x1 on a picture of 30x20"));
  EXPECT_THAT(refusal({31, 1, 0}), HasSubstr("the grid is 31x1 on a picture of 30x20"));
  EXPECT_THAT(refusal({3, 2, 5}),
              HasSubstr("a shave of 5 pixels on all sides leaves nothing of patches of 10x10"));
  EXPECT_THAT(refusal({3, 2, -1}), HasSubstr("a shave of -1"));
  EXPECT_THAT(refusal_of([&] {
                return seam_squared_error(picture, picture, {1, 1, 0}).sum;
              }),
              HasSubstr("a grid of one patch has no seams"));
  EXPECT_THAT(refusal_of([&] {
                return seam_squared_error(picture, picture, {2, 1, 0}, 0).sum;
              }),
              HasSubstr("at least 1 pixel, but it is 0"));
  EXPECT_THAT(refusal_of([&] {
                return patch_squared_error(picture[0], picture[0], {1, 1, 0}).sum;
              }),
              HasSubstr("at least 3 dimensions"));
}

}  // namespace
}  // namespace vcisr::metrics
