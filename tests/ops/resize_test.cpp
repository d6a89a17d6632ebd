// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/resize.h"

#include <utility>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "ops/instruction_sets.h"

namespace vcisr::ops {
namespace {

using tests::instruction_sets;
using tests::WithInstructionSet;

struct Case {
  std::int64_t in_h, in_w, out_h, out_w;
};

// Whole factors, their inverses, small fractions, ratios without a short period, tiny inputs.
const std::vector<Case> kCases = {
    {18, 25, 36, 50}, {17, 23, 51, 69}, {9, 13, 36, 52},  {40, 66, 20, 33},   {33, 60, 11, 15},
    {24, 26, 36, 39}, {36, 39, 24, 26}, {17, 23, 37, 29}, {37, 101, 17, 43},  {19, 64, 19, 64},
    {1, 1, 2, 2},     {1, 1, 1, 1},     {1, 5, 7, 1},     {3, 2, 6, 4},       {64, 64, 1, 1},
    {2, 3, 40, 71},   {97, 131, 3, 2},  {20, 33, 20, 66}, {33, 129, 66, 129}, {5, 512, 5, 64},
};

double reference_error(const torch::Tensor& x, const torch::Tensor& y, ResizeFilter filter) {
  const auto exact = resize(x.to(torch::kFloat64), y.size(2), y.size(3), filter);
  return (exact - y).abs().max().item<double>();
}

TEST(Resize, IsThePlainSumOverTheTapsForEveryShapeAndInstructionSet) {
  torch::manual_seed(11);
  for (const auto& c : kCases) {
    const auto x = torch::randn({2, 2, c.in_h, c.in_w});
    for (const auto filter :
         {ResizeFilter::kBicubic, ResizeFilter::kLanczos3, ResizeFilter::kBilinear}) {
      torch::Tensor first;
      for (const auto set : instruction_sets()) {
        const WithInstructionSet with(set);
        const auto y = resize(x, c.out_h, c.out_w, filter);
        ASSERT_EQ(y.sizes().vec(), (std::vector<std::int64_t>{2, 2, c.out_h, c.out_w}));
        EXPECT_LT(reference_error(x, y, filter), 3e-6)
            << c.in_h << "x" << c.in_w << " -> " << c.out_h << "x" << c.out_w;
        if (!first.defined()) first = y;
        EXPECT_TRUE(torch::equal(first, y)) << "instruction sets differ at " << c.out_w;
      }
    }
  }
}

TEST(Resize, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(12);
  const auto x = torch::rand({1, 3, 211, 307});
  const int threads = at::get_num_threads();
  for (const auto& [h, w] : {std::pair<int, int>{422, 614}, {333, 419}, {70, 100}}) {
    at::set_num_threads(1);
    const auto one = resize(x, h, w);
    at::set_num_threads(4);
    const auto four = resize(x, h, w);
    EXPECT_TRUE(torch::equal(one, four)) << h << "x" << w;
  }
  at::set_num_threads(threads);
}

TEST(Resize, KeepsConstantsAndUnchangedAxes) {
  const auto constant = torch::full({1, 1, 13, 7}, 0.625);
  EXPECT_LT((resize(constant, 31, 3) - 0.625).abs().max().item<double>(), 2e-7);
  const auto x = torch::rand({1, 2, 13, 7});
  EXPECT_TRUE(torch::equal(resize(x, 13, 7), x));
}

TEST(Resize, DoesNotClamp) {
  const auto edge = torch::zeros({1, 1, 1, 16});
  edge.slice(3, 8).fill_(1);
  const auto y = resize(edge, 1, 32);
  EXPECT_GT(y.max().item<double>(), 1.03);
  EXPECT_LT(y.min().item<double>(), -0.03);
}

TEST(Resize, TakesAnyStrides) {
  torch::manual_seed(13);
  const auto x = torch::rand({2, 3, 20, 30});
  const auto expected = resize(x, 40, 60);
  const auto channels_last = x.contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(torch::equal(resize(channels_last, 40, 60), expected));
  const auto wide = torch::rand({2, 3, 22, 50});
  const auto window = wide.slice(2, 1, 21).slice(3, 7, 37);
  window.copy_(x);
  EXPECT_TRUE(torch::equal(resize(window, 40, 60), expected));
  EXPECT_TRUE(torch::equal(resize(x.transpose(2, 3), 60, 40),
                           resize(x.transpose(2, 3).contiguous(), 60, 40)));
  EXPECT_TRUE(
      torch::equal(resize(x.narrow(0, 0, 1).expand({4, 3, 20, 30}), 40, 60)[3], expected[0]));
}

TEST(ResizeOut, WritesIntoAWindowAndNothingBeside) {
  torch::manual_seed(14);
  const auto x = torch::rand({1, 3, 20, 31});
  auto guarded = torch::full({1, 3, 44, 80}, -7.0f);
  auto window = guarded.slice(2, 2, 42).slice(3, 9, 71);
  resize_out(x, window);
  EXPECT_TRUE(torch::equal(window, resize(x, 40, 62)));
  window.fill_(-7.0f);
  EXPECT_TRUE((guarded == -7.0f).all().item<bool>());
}

TEST(ResizeOut, TakesEmptyBatches) {
  auto out = torch::empty({0, 3, 8, 8});
  resize_out(torch::empty({0, 3, 4, 4}), out);
  EXPECT_EQ(resize(torch::empty({2, 0, 4, 4}), 8, 8).sizes().vec(),
            (std::vector<std::int64_t>{2, 0, 8, 8}));
}

TEST(Resize, RefusesBadArgumentsInWords) {
  const auto message_of = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const auto x = torch::rand({1, 3, 4, 4});
  EXPECT_NE(message_of([&] { (void)resize(x[0], 8, 8); }).find("[3, 4, 4]"), std::string::npos);
  EXPECT_NE(message_of([&] { (void)resize(x, 0, 8); }).find("0 x 8"), std::string::npos);
  EXPECT_NE(message_of([&] { (void)resize(x.to(torch::kHalf), 8, 8); }).find("Half"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              (void)resize(torch::empty({1, 3, 0, 4}), 8, 8);
            }).find("[1, 3, 0, 4]"),
            std::string::npos);
  auto out = torch::empty({1, 2, 8, 8});
  EXPECT_NE(message_of([&] { resize_out(x, out); }).find("[1, 2, 8, 8]"), std::string::npos);
  auto columns = torch::empty({1, 3, 8, 16}).slice(3, 0, 16, 2);
  EXPECT_NE(message_of([&] { resize_out(x, columns); }).find("column stride"), std::string::npos);
  auto alias = torch::rand({1, 3, 4, 4});
  EXPECT_NE(message_of([&] { resize_out(alias, alias); }).find("share memory"), std::string::npos);
  auto target = torch::empty({1, 3, 8, 8});
  const auto wants_grad = torch::rand({1, 3, 4, 4}).requires_grad_();
  EXPECT_NE(message_of([&] { resize_out(wants_grad, target); }).find("records no gradient"),
            std::string::npos);
}

}  // namespace
}  // namespace vcisr::ops
