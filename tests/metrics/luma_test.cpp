// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/luma.h"

#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/full_reference_golden.h"
#include "vcisr/metrics/comparison.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

constexpr Luma kAll[] = {Luma::kBasicsr, Luma::kMatlabRounded, Luma::kFullRange,
                         Luma::kFullRangeRounded};

torch::Tensor pixel(int red, int green, int blue, torch::Dtype type = torch::kUInt8) {
  torch::Tensor out = torch::empty({3, 1, 1}, type);
  const int values[] = {red, green, blue};
  for (int c = 0; c < 3; ++c) {
    if (type == torch::kUInt8) {
      out.mutable_data_ptr<std::uint8_t>()[c] = static_cast<std::uint8_t>(values[c]);
    } else {
      out.mutable_data_ptr<std::uint16_t>()[c] = static_cast<std::uint16_t>(values[c]);
    }
  }
  return out;
}

double sum_of(const torch::Tensor& plane) { return plane.to(torch::kFloat64).sum().item<double>(); }

void expect_sums(const torch::Tensor& rgb, int bit_depth, const nlohmann::json& sums) {
  const auto close = 1e-7 * sums.at("basicsr_sum").get<double>();
  EXPECT_NEAR(sum_of(luma(rgb, Luma::kBasicsr, bit_depth)), sums.at("basicsr_sum").get<double>(),
              close);
  EXPECT_NEAR(sum_of(luma(rgb, Luma::kFullRange, bit_depth)),
              sums.at("full_range_sum").get<double>(), close);
  EXPECT_EQ(sum_of(luma(rgb, Luma::kMatlabRounded, bit_depth)),
            sums.at("matlab_rounded_sum").get<double>());
  EXPECT_EQ(sum_of(luma(rgb, Luma::kFullRangeRounded, bit_depth)),
            sums.at("full_range_rounded_sum").get<double>());
}

TEST(Luma, AgreesWithTheGoldenSums) {
  for (const auto& golden : full_reference_cases()) {
    expect_sums(golden.reference, 8, golden.numbers.at("luma_of_reference"));
    expect_sums(golden.reference10, 10, golden.ten_bit().at("luma_of_reference"));
  }
}

TEST(Luma, HasTheRangesOfItsConventions) {
  EXPECT_FLOAT_EQ(luma(pixel(0, 0, 0), Luma::kBasicsr).item<float>(), 16.0f);
  EXPECT_FLOAT_EQ(luma(pixel(255, 255, 255), Luma::kBasicsr).item<float>(), 235.0f);
  EXPECT_FLOAT_EQ(luma(pixel(255, 255, 255), Luma::kFullRange).item<float>(), 255.0f);
  EXPECT_EQ(luma(pixel(255, 255, 255), Luma::kFullRangeRounded).item<int>(), 255);
  EXPECT_EQ(luma(pixel(255, 255, 255), Luma::kMatlabRounded).item<int>(), 235);
  const torch::Tensor white = pixel(65535, 65535, 65535, torch::kUInt16);
  EXPECT_FLOAT_EQ(luma(white, Luma::kBasicsr, 16).item<float>(), 235.0f / 255.0f * 65535.0f);
  EXPECT_EQ(luma(white, Luma::kMatlabRounded, 16).const_data_ptr<std::uint16_t>()[0], 60395);
  EXPECT_EQ(luma(white, Luma::kFullRangeRounded, 16).const_data_ptr<std::uint16_t>()[0], 65535);
}

TEST(Luma, RoundsMatlabsExactly) {
  // 16 + (65.481 * 100 + 128.553 * 50 + 24.966 * 25) / 255 = 69.332…; 19.27 blue, 20.5 in thirds.
  EXPECT_EQ(luma(pixel(100, 50, 25), Luma::kMatlabRounded).item<int>(), 69);
  EXPECT_EQ(luma(pixel(0, 0, 100), Luma::kMatlabRounded).item<int>(), 26);
}

TEST(Luma, IsBasicsrsOfEightBits) {
  const auto& picture = full_reference_cases()[2].reference;
  EXPECT_TRUE(torch::equal(luma(picture, Luma::kBasicsr), basicsr_luma(picture)));
}

TEST(Luma, TakesAnyStrides) {
  const auto& golden = full_reference_cases()[2];
  const torch::Tensor interleaved =
      golden.reference.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  for (const Luma kind : kAll) {
    const torch::Tensor expected = luma(golden.reference, kind);
    EXPECT_TRUE(torch::equal(luma(interleaved, kind), expected));
    EXPECT_TRUE(torch::equal(luma(with_padded_rows(golden.reference), kind), expected));
    EXPECT_TRUE(
        torch::equal(luma(with_padded_rows(golden.reference10), kind, 10).to(torch::kFloat32),
                     luma(golden.reference10, kind, 10).to(torch::kFloat32)));
  }
}

TEST(Luma, RefusesOtherPictures) {
  const torch::Tensor picture = full_reference_cases()[0].reference;
  const auto refusal = [](const torch::Tensor& rgb, int bit_depth) {
    return refusal_of([&] { return luma(rgb, Luma::kBasicsr, bit_depth); });
  };
  EXPECT_THAT(refusal(picture[0], 8), HasSubstr("must be uint8 or uint16 [3, H, W]"));
  EXPECT_THAT(refusal(picture.to(torch::kFloat32), 8), HasSubstr("but it is CPUFloatType"));
  EXPECT_THAT(refusal(torch::Tensor(), 8), HasSubstr("undefined"));
  EXPECT_THAT(refusal(picture, 10), HasSubstr("uint8 samples have 8 bits, but bit_depth is 10"));
  EXPECT_THAT(refusal(full_reference_cases()[0].reference10, 17), HasSubstr("9 .. 16 bits"));
}

}  // namespace
}  // namespace vcisr::metrics
