// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/flicker.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Flicker, AgreesWithTheGoldenNumbers) {
  for (const auto& golden : full_reference_cases()) {
    const auto& d = golden.distorted;
    const auto& r = golden.reference;
    EXPECT_NEAR(flicker(d[0], d[1], r[0], r[1]),
                golden.metrics().at("flicker_red_to_green").get<double>(), 1e-10);
    const torch::Tensor d10 = with_padded_rows(golden.distorted10);
    const torch::Tensor r10 = with_padded_rows(golden.reference10);
    EXPECT_NEAR(flicker(d10[0], d10[1], r10[0], r10[1], 1023.0),
                golden.ten_bit().at("flicker_red_to_green").get<double>(), 1e-10);
    const auto real = [](const torch::Tensor& x) { return x.to(torch::kFloat32); };
    EXPECT_NEAR(flicker(real(d[0]), real(d[1]), real(r[0]), real(r[1])),
                golden.metrics().at("flicker_red_to_green").get<double>(), 1e-10);
  }
}

TEST(Flicker, IsZeroWhereTheErrorStaysTheSame) {
  const torch::Tensor r = torch::randint(0, 200, {2, 21, 33}, torch::kUInt8);
  EXPECT_EQ(flicker(r[0] + 9, r[1] + 9, r[0], r[1]), 0.0);
  EXPECT_EQ(flicker(r[0], r[1] + 9, r[0], r[1]), 9.0);
}

TEST(Flicker, RefusesOtherPlanes) {
  const torch::Tensor plane = torch::zeros({8, 9}, torch::kUInt8);
  const torch::Tensor other = torch::zeros({8, 8}, torch::kUInt8);
  EXPECT_THAT(refusal_of([&] { return flicker(plane, plane, other, plane); }),
              HasSubstr("flicker needs two pictures of one size, but they are 9x8 and 8x8"));
  EXPECT_THAT(refusal_of([&] { return flicker(plane, other, plane, other); }),
              HasSubstr("but they are 9x8 and 8x8"));
  EXPECT_THAT(refusal_of([&] { return flicker(plane, plane.to(torch::kFloat32), plane, plane); }),
              HasSubstr("both uint8, both uint16"));
  const torch::Tensor nan = torch::full({8, 9}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(refusal_of([&] { return flicker(nan, nan, nan, nan); }),
              HasSubstr("flicker is not defined: a picture holds NaN or infinity"));
}

}  // namespace
}  // namespace vcisr::metrics
