// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include "ops/instruction_sets.h"
#include "vcisr/ops/color.h"

namespace vcisr::ops {
namespace {

torch::Tensor random_samples(at::IntArrayRef sizes, torch::ScalarType type) {
  return torch::randint(0, type == torch::kUInt8 ? 256 : 65536, sizes, torch::kInt32).to(type);
}

TEST(Interleaved, RoundTripsExactlyForEveryChannelCount) {
  torch::manual_seed(41);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const auto type : {torch::kUInt8, torch::kUInt16}) {
      for (std::int64_t channels = 1; channels <= 4; ++channels) {
        for (const std::int64_t width : {1, 23, 70}) {
          const auto samples = random_samples({17, width, channels}, type);
          auto planar = torch::empty({channels, 17, width});
          interleaved_to_float(samples, planar);
          const double most = type == torch::kUInt8 ? 255 : 65535;
          const auto expected = samples.to(torch::kFloat64).permute({2, 0, 1}) / most;
          EXPECT_LT((planar - expected).abs().max().item<double>(), 1e-7);
          auto back = torch::empty_like(samples);
          float_to_interleaved(planar, back);
          EXPECT_TRUE(torch::equal(back, samples)) << channels << " channels, " << width;
        }
      }
    }
  }
}

TEST(Interleaved, RoundsHalvesUpAndClamps) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto planar = torch::tensor({0.5f, 0.1f, -1.0f, 2.0f, nan, 1.0f}).view({1, 1, 6});
  auto samples = torch::empty({1, 6, 1}, torch::kUInt8);
  float_to_interleaved(planar, samples);
  const auto expected = torch::tensor({128, 26, 0, 255, 0, 255}, torch::kUInt8);
  EXPECT_TRUE(torch::equal(samples.flatten(), expected));
}

TEST(Interleaved, TakesPaddedRows) {
  torch::manual_seed(42);
  const auto wide = random_samples({9, 31, 3}, torch::kUInt8);
  const auto window = wide.slice(1, 4, 24);
  auto planar = torch::empty({3, 9, 20});
  interleaved_to_float(window, planar);
  auto dense = torch::empty({3, 9, 20});
  interleaved_to_float(window.contiguous(), dense);
  EXPECT_TRUE(torch::equal(planar, dense));
}

TEST(Interleaved, RefusesBadArgumentsInWords) {
  auto planar = torch::empty({3, 4, 4});
  EXPECT_THROW(interleaved_to_float(torch::zeros({4, 4, 5}, torch::kUInt8), planar), c10::Error);
  EXPECT_THROW(interleaved_to_float(torch::zeros({4, 4, 3}), planar), c10::Error);
  EXPECT_THROW(interleaved_to_float(torch::zeros({4, 5, 3}, torch::kUInt8), planar), c10::Error);
  const auto planes_first = torch::zeros({3, 4, 4}, torch::kUInt8).permute({1, 2, 0});
  EXPECT_THROW(interleaved_to_float(planes_first, planar), c10::Error);
}

}  // namespace
}  // namespace vcisr::ops
