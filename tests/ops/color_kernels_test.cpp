// SPDX-License-Identifier: Apache-2.0
// The CUDA device code of the colour conversion, on the CPU, against the reference.
#include <vector>

#include <gtest/gtest.h>

#include "ops/color/color_ops.h"
#include "ops/color/kernel_params.h"
#include "ops/color_cases.h"
#include "support/device_harness.h"

namespace vcisr::ops {
namespace {

using tests::run_on_cpu;
using tests::ThreadOrder;
using Index3 = emulated::Index3;

constexpr Index3 kBlock{detail::kTileCols, detail::kTileRows, 1};
constexpr float kGuard = -77.0f;

Index3 grid_of(std::int64_t rows, std::int64_t cols, unsigned channels = 1) {
  return {static_cast<unsigned>(detail::tiles_of(rows, cols).count), channels, 1};
}

// A tensor inside a bigger one of guard values: rows and columns all around it.
struct Guarded {
  Guarded(at::IntArrayRef sizes, torch::ScalarType type, double guard)
      : value(guard),
        whole(torch::full({sizes[0] + 4, sizes[1] + 40}, guard, torch::kFloat32).to(type)),
        window(whole.slice(0, 2, 2 + sizes[0]).slice(1, 20, 20 + sizes[1])) {}
  [[nodiscard]] bool is_untouched_outside() {
    const auto copy = whole.to(torch::kFloat32, false, true);
    copy.slice(0, 2, 2 + window.size(0)).slice(1, 20, 20 + window.size(1)).fill_(value);
    return (copy == value).all().item<bool>();
  }
  double value;
  torch::Tensor whole, window;
};

// float32 [3, H, W] with guard values before and after.
struct GuardedRgb {
  GuardedRgb(std::int64_t h, std::int64_t w)
      : whole(torch::full({3 * h * w + 512}, kGuard)),
        rgb(whole.slice(0, 256, 256 + 3 * h * w).view({3, h, w})) {}
  [[nodiscard]] bool is_untouched_outside() const {
    return (whole.slice(0, 0, 256) == kGuard).all().item<bool>() &&
           (whole.slice(0, 256 + rgb.numel()) == kGuard).all().item<bool>();
  }
  torch::Tensor whole, rgb;
};

template <class S>
void check_planar_to_rgb(const PlanarFormat& format, std::int64_t h, std::int64_t w) {
  const auto planes = tests::random_planes(format, h, w);
  auto expected = torch::empty({3, h, w}, torch::kFloat64);
  detail::planar_to_rgb_reference(planes, format, expected);
  torch::Tensor first;
  for (const auto order : {ThreadOrder::kAscending, ThreadOrder::kDescending}) {
    GuardedRgb out(h, w);
    const auto p = detail::planar_to_rgb_params<S>(planes, format, out.rgb.data_ptr<float>());
    run_on_cpu(grid_of(h, w), kBlock, order, [&] { detail::planar_to_rgb_kernel<S>(p); });
    EXPECT_LT((out.rgb - expected).abs().max().item<double>(), 2e-6) << h << "x" << w;
    EXPECT_TRUE(out.is_untouched_outside());
    if (!first.defined()) first = out.rgb;
    EXPECT_TRUE(torch::equal(first, out.rgb)) << "the order of the threads shows";
  }
}

template <class S>
void check_rgb_to_planar(const PlanarFormat& format, std::int64_t h, std::int64_t w) {
  const auto rgb = torch::rand({3, h, w}) * 1.4 - 0.2;
  auto expected = tests::empty_planes(format, h, w);
  detail::rgb_to_planar_reference(rgb.to(torch::kFloat64), format, expected);
  for (const auto order : {ThreadOrder::kAscending, ThreadOrder::kDescending}) {
    std::vector<Guarded> guarded;
    std::vector<torch::Tensor> planes;
    for (const auto& plane : expected) {
      guarded.emplace_back(plane.sizes(), plane.scalar_type(), 99);
      planes.push_back(guarded.back().window);
    }
    const auto p = detail::rgb_to_planar_params<S>(rgb.data_ptr<float>(), format, planes);
    run_on_cpu(grid_of(planes[1].size(0), planes[1].size(1)), kBlock, order,
               [&] { detail::rgb_to_planar_kernel<S>(p); });
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_LE(tests::largest_difference(planes[i], expected[i]), 1)
          << "plane " << i << ", " << h << "x" << w;
      const auto off = planes[i].to(torch::kInt32) != expected[i].to(torch::kInt32);
      EXPECT_LE(off.sum().item<std::int64_t>(), 1 + planes[i].numel() / 20);
      EXPECT_TRUE(guarded[i].is_untouched_outside());
    }
  }
}

TEST(ColorKernels, TurnPlanesIntoRgb) {
  torch::manual_seed(51);
  for (const auto& format : tests::yuv_formats()) {
    for (const auto& [h, w] : tests::picture_sizes()) {
      if (format.bit_depth <= 8) {
        check_planar_to_rgb<std::uint8_t>(format, h, w);
      } else {
        check_planar_to_rgb<std::uint16_t>(format, h, w);
      }
    }
  }
}

TEST(ColorKernels, TurnRgbIntoPlanes) {
  torch::manual_seed(52);
  for (const auto& format : tests::yuv_formats()) {
    for (const auto& [h, w] : tests::picture_sizes()) {
      if (format.bit_depth <= 8) {
        check_rgb_to_planar<std::uint8_t>(format, h, w);
      } else {
        check_rgb_to_planar<std::uint16_t>(format, h, w);
      }
    }
  }
}

template <class S>
void check_without_neighbours(const PlanarFormat& format, int plane_count) {
  const auto planes = tests::random_planes(format, 17, 70, plane_count);
  const auto k = detail::to_float(detail::color_coefficients(format));
  detail::PlanesAndRgb<const S> in{k, {}, plane_count};
  detail::PlanesAndRgb<S> out{k, {}, plane_count};
  std::vector<Guarded> back;
  for (int i = 0; i < plane_count; ++i) {
    back.emplace_back(planes[0].sizes(), planes[0].scalar_type(), 99);
    in.planes[i] = detail::device_source<S>(planes[static_cast<std::size_t>(i)]);
    out.planes[i] = detail::device_target<S>(back.back().window);
  }
  GuardedRgb rgb(17, 70);
  auto* const data = rgb.rgb.data_ptr<float>();
  run_on_cpu(grid_of(17, 70, 3), kBlock, ThreadOrder::kAscending,
             [&] { detail::planes_to_rgb_kernel<S>(in, data); });
  auto expected = torch::empty({3, 17, 70}, torch::kFloat64);
  detail::planar_to_rgb_reference(planes, format, expected);
  EXPECT_LT((rgb.rgb - expected).abs().max().item<double>(), 1e-6);
  EXPECT_TRUE(rgb.is_untouched_outside());
  run_on_cpu(grid_of(17, 70, static_cast<unsigned>(plane_count)), kBlock, ThreadOrder::kAscending,
             [&] { detail::rgb_to_planes_kernel<S>(out, data); });
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(tests::largest_difference(back[i].window, planes[i]), 0);
    EXPECT_TRUE(back[i].is_untouched_outside());
  }
}

TEST(ColorKernels, RoundTripGrayAndRgb) {
  torch::manual_seed(53);
  check_without_neighbours<std::uint8_t>({}, 1);
  check_without_neighbours<std::uint16_t>({.bit_depth = 12, .full_range = true}, 1);
  check_without_neighbours<std::uint8_t>({.is_rgb = true}, 3);
  check_without_neighbours<std::uint16_t>({.is_rgb = true, .bit_depth = 10}, 3);
}

TEST(ColorKernels, RoundTripInterleavedSamples) {
  torch::manual_seed(54);
  for (const int channels : {1, 3, 4}) {
    const std::int64_t row = 35 * channels;
    const auto samples = torch::randint(0, 256, {17, row}, torch::kUInt8);
    GuardedRgb planar(17 * channels, 35);  // A third of it is used.
    const detail::Interleaved<const std::uint8_t> in{
        samples.const_data_ptr<std::uint8_t>(), 17, 35, row, channels, 255.0f};
    run_on_cpu(grid_of(17, 35), kBlock, ThreadOrder::kAscending, [&] {
      detail::interleaved_to_float_kernel<std::uint8_t>(in, planar.rgb.data_ptr<float>());
    });
    EXPECT_TRUE(planar.is_untouched_outside());
    Guarded back({17, row}, torch::kUInt8, 99);
    const detail::Interleaved<std::uint8_t> out{
        back.window.data_ptr<std::uint8_t>(), 17, 35, back.window.stride(0), channels, 255.0f};
    run_on_cpu(grid_of(17, 35), kBlock, ThreadOrder::kAscending, [&] {
      detail::float_to_interleaved_kernel<std::uint8_t>(planar.rgb.const_data_ptr<float>(), out);
    });
    EXPECT_TRUE(torch::equal(back.window, samples));
    EXPECT_TRUE(back.is_untouched_outside());
  }
}

}  // namespace
}  // namespace vcisr::ops
