// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ops/color_cases.h"
#include "vcisr/ops/color.h"
#include "vcisr/ops/device.h"

namespace vcisr::ops {
namespace {

std::vector<torch::Tensor> on_device(const std::vector<torch::Tensor>& planes,
                                     const torch::Device& device) {
  std::vector<torch::Tensor> moved;
  for (const auto& plane : planes) moved.push_back(plane.to(device));
  return moved;
}

class ColorCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cuda_devices().empty()) GTEST_SKIP() << "no CUDA kernels or no GPU";
  }
};

TEST_F(ColorCuda, GivesWhatTheCpuGives) {
  torch::manual_seed(71);
  auto sizes = tests::picture_sizes();
  sizes.emplace_back(271, 481);
  for (const auto& format : tests::yuv_formats()) {
    for (const auto& [h, w] : sizes) {
      const auto planes = tests::random_planes(format, h, w);
      auto expected = torch::empty({3, h, w});
      planar_to_rgb(planes, format, expected);
      auto rgb = torch::full({3, h, w}, -9.0f, torch::device(torch::kCUDA));
      planar_to_rgb(on_device(planes, torch::kCUDA), format, rgb);
      EXPECT_LT((rgb.cpu() - expected).abs().max().item<double>(), 2e-6);
      auto back = tests::empty_planes(format, h, w);
      rgb_to_planar(expected, format, back);
      auto back_cuda = on_device(tests::random_planes(format, h, w), torch::kCUDA);
      rgb_to_planar(rgb, format, back_cuda);
      EXPECT_EQ(tests::largest_difference(back_cuda[0].cpu(), planes[0]), 0);
      EXPECT_LE(tests::largest_difference(back_cuda[1].cpu(), back[1]), 1);
      EXPECT_LE(tests::largest_difference(back_cuda[2].cpu(), back[2]), 1);
    }
  }
}

TEST_F(ColorCuda, RoundTripsGrayRgbAndInterleavedExactly) {
  torch::manual_seed(72);
  for (const int bit_depth : {8, 10, 12, 16}) {
    for (const int plane_count : {1, 3}) {
      const PlanarFormat format{.is_rgb = plane_count == 3, .bit_depth = bit_depth};
      const auto planes =
          on_device(tests::random_planes(format, 35, 71, plane_count), torch::kCUDA);
      auto rgb = torch::empty({3, 35, 71}, torch::device(torch::kCUDA));
      planar_to_rgb(planes, format, rgb);
      auto back = on_device(tests::empty_planes(format, 35, 71, plane_count), torch::kCUDA);
      rgb_to_planar(rgb, format, back);
      for (std::size_t i = 0; i < planes.size(); ++i) {
        EXPECT_EQ(tests::largest_difference(planes[i].cpu(), back[i].cpu()), 0) << bit_depth;
      }
    }
  }
  const auto samples = torch::randint(0, 256, {35, 71, 3}, torch::kUInt8).to(torch::kCUDA);
  auto planar = torch::empty({3, 35, 71}, torch::device(torch::kCUDA));
  interleaved_to_float(samples, planar);
  auto back = torch::empty_like(samples);
  float_to_interleaved(planar, back);
  EXPECT_TRUE(torch::equal(samples, back));
}

}  // namespace
}  // namespace vcisr::ops
