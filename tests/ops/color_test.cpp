// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/color.h"

#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "ops/color/color_ops.h"
#include "ops/color_cases.h"
#include "ops/instruction_sets.h"

namespace vcisr::ops {
namespace {

using tests::empty_planes;
using tests::instruction_sets;
using tests::natural_planes;
using tests::picture_sizes;
using tests::psnr_db;
using tests::random_planes;
using tests::WithInstructionSet;
using tests::yuv_formats;

torch::Tensor to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format) {
  auto rgb = torch::full({3, planes[0].size(0), planes[0].size(1)}, -9.0f);
  planar_to_rgb(planes, format, rgb);
  return rgb;
}

std::vector<torch::Tensor> round_trip(const std::vector<torch::Tensor>& planes,
                                      const PlanarFormat& format) {
  auto back =
      empty_planes(format, planes[0].size(0), planes[0].size(1), static_cast<int>(planes.size()));
  rgb_to_planar(to_rgb(planes, format), format, back);
  return back;
}

TEST(PlanarToRgb, IsTheReferenceForEveryFormatSizeAndInstructionSet) {
  torch::manual_seed(31);
  for (const auto& format : yuv_formats()) {
    for (const auto& [h, w] : picture_sizes()) {
      const auto planes = random_planes(format, h, w);
      auto expected = torch::empty({3, h, w}, torch::kFloat64);
      detail::planar_to_rgb_reference(planes, format, expected);
      torch::Tensor first;
      for (const auto set : instruction_sets()) {
        const WithInstructionSet with(set);
        const auto rgb = to_rgb(planes, format);
        EXPECT_LT((rgb - expected).abs().max().item<double>(), 2e-6)
            << format.bit_depth << " bit, " << h << "x" << w;
        if (!first.defined()) first = rgb;
        EXPECT_TRUE(torch::equal(first, rgb));
      }
    }
  }
}

TEST(RgbToPlanar, IsTheReferenceForEveryFormatSizeAndInstructionSet) {
  torch::manual_seed(32);
  for (const auto& format : yuv_formats()) {
    for (const auto& [h, w] : picture_sizes()) {
      const auto rgb = torch::rand({3, h, w}) * 1.4 - 0.2;
      auto expected = empty_planes(format, h, w);
      detail::rgb_to_planar_reference(rgb.to(torch::kFloat64), format, expected);
      std::vector<torch::Tensor> first;
      for (const auto set : instruction_sets()) {
        const WithInstructionSet with(set);
        auto planes = random_planes(format, h, w);
        rgb_to_planar(rgb, format, planes);
        for (std::size_t i = 0; i < 3;
             ++i) {  // One step where float falls on the other side of .5.
          EXPECT_LE(tests::largest_difference(planes[i], expected[i]), 1);
          const auto off = (planes[i].to(torch::kInt32) != expected[i].to(torch::kInt32));
          EXPECT_LE(off.sum().item<std::int64_t>(), 1 + planes[i].numel() / 20);
        }
        if (first.empty()) first = planes;
        for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(first[i], planes[i]));
      }
    }
  }
}

TEST(Color, RoundTripsLumaAndFullChromaExactly) {
  torch::manual_seed(33);
  for (auto format : yuv_formats()) {
    const auto planes = random_planes(format, 35, 70);
    const auto back = round_trip(planes, format);
    EXPECT_EQ(tests::largest_difference(planes[0], back[0]), 0) << format.bit_depth << " bit";
    if (format.chroma_shift_x != 0 || format.chroma_shift_y != 0) continue;
    EXPECT_EQ(tests::largest_difference(planes[1], back[1]), 0);
    EXPECT_EQ(tests::largest_difference(planes[2], back[2]), 0);
  }
}

TEST(Color, RoundTripsGrayAndRgbExactly) {
  torch::manual_seed(34);
  for (const int bit_depth : {8, 9, 10, 12, 14, 16}) {
    for (const bool flag : {false, true}) {
      const PlanarFormat gray{.bit_depth = bit_depth, .full_range = flag};
      const auto luma = random_planes(gray, 19, 43, 1);
      EXPECT_EQ(tests::largest_difference(round_trip(luma, gray)[0], luma[0]), 0) << bit_depth;
      const auto rgb = to_rgb(luma, gray);
      EXPECT_TRUE(torch::equal(rgb[0], rgb[1]) && torch::equal(rgb[0], rgb[2]));
      const PlanarFormat planar{.is_rgb = true, .bit_depth = bit_depth, .rgb_limited_range = flag};
      const auto channels = random_planes(planar, 19, 43);
      const auto back = round_trip(channels, planar);
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(tests::largest_difference(back[i], channels[i]), 0) << bit_depth;
      }
    }
  }
}

TEST(Color, KeepsSubsampledChromaOfNaturalPictures) {
  for (const auto& format : yuv_formats()) {
    if (format.chroma_shift_x > 1 || format.chroma_shift_y > 1) continue;
    const auto planes = natural_planes(format, 145, 203);
    const auto back = round_trip(planes, format);
    EXPECT_GE(psnr_db(planes[0], back[0], format.bit_depth), 200);
    EXPECT_GE(psnr_db(planes[1], back[1], format.bit_depth), 45);
    EXPECT_GE(psnr_db(planes[2], back[2], format.bit_depth), 45);
  }
}

// Hard edges between saturated colours, as in colour bars: no interpolating filter brings all back.
TEST(Color, KeepsMostOfTheSubsampledChromaOfTestPatterns) {
  for (const auto siting : {ChromaSiting::kLeft, ChromaSiting::kCenter, ChromaSiting::kTopLeft}) {
    const PlanarFormat format{.siting = siting};
    auto planes = empty_planes(format, 288, 352);
    planes[0].fill_(120);
    const auto y = torch::arange(144).unsqueeze(1).div(48, "floor");
    const auto x = torch::arange(176).unsqueeze(0).div(25, "floor");
    planes[1] = ((x * 3 + y * 5) % 7 * 36 + 20).to(torch::kUInt8);
    planes[2] = ((x * 5 + y * 3) % 7 * 36 + 20).to(torch::kUInt8);
    const auto back = round_trip(planes, format);
    EXPECT_EQ(tests::largest_difference(planes[0], back[0]), 0);
    EXPECT_GE(psnr_db(planes[1], back[1], 8), 33);
    EXPECT_GE(psnr_db(planes[2], back[2], 8), 33);
  }
}

TEST(Color, KnowsBlackWhiteAndThePrimaries) {
  const auto pixel = [](int y, int u, int v, PlanarFormat format) {
    format.chroma_shift_x = format.chroma_shift_y = 0;
    const auto plane = [](int value) { return torch::full({1, 1}, value, torch::kUInt8); };
    return to_rgb({plane(y), plane(u), plane(v)}, format).flatten();
  };
  const auto near = [](const torch::Tensor& rgb, std::vector<float> expected, double within) {
    return (rgb - torch::tensor(expected)).abs().max().item<double>() < within;
  };
  EXPECT_TRUE(near(pixel(16, 128, 128, {}), {0, 0, 0}, 1e-7));
  EXPECT_TRUE(near(pixel(235, 128, 128, {}), {1, 1, 1}, 1e-6));
  EXPECT_TRUE(near(pixel(255, 128, 128, {.full_range = true}), {1, 1, 1}, 1e-6));
  // ITU-R BT.601 and BT.709 colour bars of 100 %, 8 bit.
  EXPECT_TRUE(near(pixel(81, 90, 240, {}), {1, 0, 0}, 6e-3));
  EXPECT_TRUE(near(pixel(63, 102, 240, {.matrix = YuvMatrix::kBt709}), {1, 0, 0}, 6e-3));
  EXPECT_TRUE(near(pixel(32, 240, 118, {.matrix = YuvMatrix::kBt709}), {0, 0, 1}, 6e-3));
  // Below black and above white: not clamped.
  EXPECT_LT(pixel(1, 128, 128, {}).max().item<double>(), -0.06);
  EXPECT_GT(pixel(254, 128, 128, {}).min().item<double>(), 1.08);
}

TEST(Color, PutsChromaWhereTheSitingSays) {
  // One ramp of chroma over luma positions: interpolation of a ramp is exact inside.
  for (const auto siting : {ChromaSiting::kLeft, ChromaSiting::kCenter, ChromaSiting::kTopLeft,
                            ChromaSiting::kTop, ChromaSiting::kBottomLeft, ChromaSiting::kBottom}) {
    const PlanarFormat format{.bit_depth = 16, .siting = siting};
    const bool is_left = siting == ChromaSiting::kLeft || siting == ChromaSiting::kTopLeft ||
                         siting == ChromaSiting::kBottomLeft;
    const bool is_top = siting == ChromaSiting::kTopLeft || siting == ChromaSiting::kTop;
    const bool is_middle = siting == ChromaSiting::kLeft || siting == ChromaSiting::kCenter;
    const double dx = is_left ? 0 : 0.5;
    const double dy = is_top ? 0 : (is_middle ? 0.5 : 1);
    const auto cx = torch::arange(20, torch::kFloat64).unsqueeze(0) * 2 + dx;
    const auto cy = torch::arange(20, torch::kFloat64).unsqueeze(1) * 2 + dy;
    const auto flat = torch::full({20, 20}, 32768, torch::kInt32).to(torch::kUInt16);
    const auto cr = (32768 + cx * 200 + cy * 300).to(torch::kInt32).to(torch::kUInt16);
    const auto luma = torch::full({40, 40}, 30000, torch::kInt32).to(torch::kUInt16);
    const auto rgb = to_rgb({luma, flat, cr}, format);
    const auto red = (rgb[0] - (30000.0 - 4096) / (219 * 256)) * (224 * 256) / (2 * (1 - 0.299));
    const auto x = torch::arange(40, torch::kFloat64).unsqueeze(0);
    const auto y = torch::arange(40, torch::kFloat64).unsqueeze(1);
    const auto error = (red - (x * 200 + y * 300)).abs();
    EXPECT_LT(error.slice(0, 6, 34).slice(1, 6, 34).max().item<double>(), 0.5);
  }
}

TEST(Color, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(35);
  const int threads = at::get_num_threads();
  const PlanarFormat format{};
  const auto planes = random_planes(format, 241, 1023);
  const auto noise = torch::rand({3, 241, 1023});
  auto one = empty_planes(format, 241, 1023);
  auto four = empty_planes(format, 241, 1023);
  at::set_num_threads(1);
  const auto rgb_one = to_rgb(planes, format);
  rgb_to_planar(noise, format, one);
  at::set_num_threads(4);
  const auto rgb_four = to_rgb(planes, format);
  rgb_to_planar(noise, format, four);
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(rgb_one, rgb_four));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(one[i], four[i]));
}

TEST(Color, TakesPaddedRowsAndLeavesThePaddingAlone) {
  torch::manual_seed(36);
  const PlanarFormat format{};
  const auto planes = random_planes(format, 17, 23);
  auto guarded = std::vector<torch::Tensor>{torch::full({19, 40}, 77, torch::kUInt8),
                                            torch::full({11, 40}, 77, torch::kUInt8),
                                            torch::full({11, 40}, 77, torch::kUInt8)};
  auto windows = std::vector<torch::Tensor>{guarded[0].slice(0, 1, 18).slice(1, 3, 26),
                                            guarded[1].slice(0, 1, 10).slice(1, 3, 15),
                                            guarded[2].slice(0, 1, 10).slice(1, 3, 15)};
  for (std::size_t i = 0; i < 3; ++i) windows[i].copy_(planes[i]);
  const auto rgb = to_rgb(planes, format);
  EXPECT_TRUE(torch::equal(to_rgb(windows, format), rgb));
  auto expected = empty_planes(format, 17, 23);
  rgb_to_planar(rgb, format, expected);
  rgb_to_planar(rgb, format, windows);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(torch::equal(windows[i], expected[i]));
    windows[i].fill_(77);
    EXPECT_TRUE((guarded[i] == 77).all().item<bool>());
  }
}

TEST(RgbToPlanar, ClampsAndTurnsNanIntoZero) {
  const PlanarFormat format{.is_rgb = true};
  auto planes = empty_planes(format, 1, 4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const auto row = torch::tensor({-3.0f, nan, infinity, 0.5f}).view({1, 4});
  rgb_to_planar(torch::stack({row, row, row}), format, planes);
  for (const auto& plane : planes) {
    EXPECT_EQ(tests::largest_difference(plane, torch::tensor({{0, 0, 255, 128}})), 0);
  }
}

TEST(Color, RefusesBadArgumentsInWords) {
  const auto message_of = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const PlanarFormat format{};
  auto rgb = torch::empty({3, 8, 8});
  auto planes = random_planes(format, 8, 8);
  const auto expect = [&](const char* text, const std::vector<torch::Tensor>& p,
                          const PlanarFormat& f, torch::Tensor& out) {
    const std::string message = message_of([&] { planar_to_rgb(p, f, out); });
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect("not 2", {planes[0], planes[1]}, format, rgb);
  expect("not 7", planes, {.bit_depth = 7}, rgb);
  expect("not 4", planes, {.chroma_shift_x = 4}, rgb);
  expect("UInt16", planes, {.bit_depth = 10}, rgb);
  expect("[4, 4]", {planes[0], planes[0], planes[0]}, format, rgb);
  expect("column stride", {planes[0].t(), planes[1], planes[2]}, format, rgb);
  auto wrong = torch::empty({8, 8, 3});
  expect("[8, 8, 3]", planes, format, wrong);
  auto doubles = torch::empty({3, 8, 8}, torch::kFloat64);
  expect("Double", planes, format, doubles);
}

}  // namespace
}  // namespace vcisr::ops
