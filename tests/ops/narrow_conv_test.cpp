// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/narrow_conv.h"

#include <limits>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "instruction_sets.h"

namespace vcisr::ops {
namespace {

torch::Tensor channels_last(const torch::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

struct Case {
  std::int64_t batch, channels, outs, height, width;
};

TEST(NarrowConv, IsTheConvolutionForEveryShapeTypeAndInstructionSet) {
  torch::manual_seed(1);
  for (const auto set : tests::instruction_sets()) {
    const tests::WithInstructionSet with(set);
    for (const auto& c :
         {Case{1, 64, 3, 9, 17}, Case{2, 1, 1, 1, 1}, Case{1, 3, 2, 1, 6}, Case{1, 33, 4, 5, 2},
          Case{3, 16, 3, 4, 5}, Case{1, 130, 3, 2, 9}, Case{1, 8, 3, 7, 1}, Case{1, 64, 3, 3, 4}}) {
      for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
        const auto x = channels_last(torch::randn({c.batch, c.channels, c.height, c.width}, type));
        const auto weight = torch::randn({c.outs, c.channels, 3, 3}, type);
        const auto bias = torch::randn({c.outs}, type);
        const auto y = narrow_conv3x3(x, weight, bias);
        const auto wide = [](const torch::Tensor& t) { return t.to(torch::kFloat64); };
        const auto expected = at::conv2d(wide(x), wide(weight), wide(bias), 1, 1);
        ASSERT_EQ(y.sizes(), expected.sizes());
        EXPECT_EQ(y.scalar_type(), torch::kFloat32);
        EXPECT_TRUE(y.is_contiguous());
        // Rounding of 9 C products of size 1, summed in float32.
        const double tolerance = 1e-6 * 9 * static_cast<double>(c.channels);
        EXPECT_LT((wide(y) - expected).abs().max().item<double>(), tolerance)
            << "set " << static_cast<int>(set) << " C " << c.channels << " K " << c.outs << " "
            << c.height << "x" << c.width;
      }
    }
  }
}

TEST(NarrowConv, GivesTheSameBitsWithAnyNumberOfThreads) {
  const auto x = channels_last(torch::randn({2, 64, 13, 21}));
  const auto weight = torch::randn({3, 64, 3, 3});
  const auto bias = torch::randn({3});
  const int threads = at::get_num_threads();
  const auto expected = narrow_conv3x3(x, weight, bias);
  at::set_num_threads(1);
  EXPECT_TRUE(torch::equal(narrow_conv3x3(x, weight, bias), expected));
  at::set_num_threads(threads);
}

TEST(NarrowConv, ReadsNothingBeyondThePicture) {
  // A window of a larger picture of NaN, as wide as it, so that it stays dense.
  auto all = channels_last(torch::full({1, 16, 6, 5}, std::numeric_limits<float>::quiet_NaN()));
  all.slice(2, 2, 4).fill_(1);
  const auto y = narrow_conv3x3(all.slice(2, 2, 4), torch::ones({1, 16, 3, 3}), torch::zeros({1}));
  EXPECT_FALSE(y.isnan().any().item<bool>());
  EXPECT_EQ(y[0][0][0][0].item<float>(), 4 * 16);
}

TEST(NarrowConv, NamesWhatDoesNotFit) {
  const auto x = channels_last(torch::randn({1, 8, 4, 4}));
  const auto message = [](const auto& run) -> std::string {
    try {
      (void)run();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto weight = torch::randn({3, 8, 3, 3});
  const auto bias = torch::randn({3});
  EXPECT_NE(message([&] {
              return narrow_conv3x3(torch::randn({1, 8, 4, 4}), weight, bias);
            }).find("x must be a channels-last CPU tensor"),
            std::string::npos);
  EXPECT_NE(message([&] {
              return narrow_conv3x3(x, torch::randn({5, 8, 3, 3}), bias);
            }).find("weight must be Float [K, 8, 3, 3] with K <= 4"),
            std::string::npos);
  EXPECT_NE(message([&] {
              return narrow_conv3x3(x, weight, torch::randn({2}));
            }).find("bias must be Float [3], but is Float [2]"),
            std::string::npos);
}

}  // namespace
}  // namespace vcisr::ops
