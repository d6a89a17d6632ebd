// SPDX-License-Identifier: Apache-2.0
// The CUDA device code of the resampling, on the CPU, against the reference.
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "ops/resize/kernels.cuh"
#include "ops/resize/resample.h"
#include "support/device_harness.h"

namespace vcisr::ops {
namespace {

using detail::AxisTaps;
using tests::run_on_cpu;
using tests::ThreadOrder;

detail::DeviceTaps<double> device_taps(const AxisTaps& taps) {
  return {taps.begin.data(), taps.index.data(), taps.weight.data()};
}

// The output lies in a bigger tensor of guard values; planes is 2 x 2.
void check(const AxisTaps& vertical, const AxisTaps& horizontal, unsigned grid_planes,
           ThreadOrder order) {
  constexpr double kGuard = -77;
  const auto x = torch::randn({2, 2, vertical.in, horizontal.in}, torch::kFloat64);
  auto whole = torch::full({2, 2, vertical.out + 4, horizontal.out + 10}, kGuard, torch::kFloat64);
  auto out = whole.slice(2, 2, 2 + vertical.out).slice(3, 5, 5 + horizontal.out);
  const detail::Resample<double> p{x.const_data_ptr<double>(),
                                   out.mutable_data_ptr<double>(),
                                   2,
                                   4,
                                   vertical.in,
                                   horizontal.in,
                                   vertical.out,
                                   horizontal.out,
                                   x.stride(0),
                                   x.stride(1),
                                   x.stride(2),
                                   out.stride(0),
                                   out.stride(1),
                                   out.stride(2),
                                   device_taps(vertical),
                                   device_taps(horizontal)};
  const auto tiles = static_cast<unsigned>(detail::tiles_of(vertical.out, horizontal.out).count);
  run_on_cpu({tiles, grid_planes, 1}, {detail::kTileCols, detail::kTileRows, 1}, order,
             [&] { detail::resample_kernel<double>(p); });
  auto expected = torch::empty(out.sizes(), torch::kFloat64);
  for (std::int64_t plane = 0; plane < 4; ++plane) {
    const auto source = x[plane / 2][plane % 2];
    auto target = expected[plane / 2][plane % 2];
    detail::resample_reference<double>(
        {source.const_data_ptr<double>(), vertical.in, horizontal.in, horizontal.in},
        {target.mutable_data_ptr<double>(), vertical.out, horizontal.out, horizontal.out}, vertical,
        horizontal, 0, vertical.out);
  }
  EXPECT_LT((out - expected).abs().max().item<double>(), 1e-12)
      << vertical.in << "x" << horizontal.in << " -> " << vertical.out << "x" << horizontal.out;
  out.fill_(kGuard);
  EXPECT_TRUE((whole == kGuard).all().item<bool>());
}

struct Case {
  std::int64_t in_h, in_w, out_h, out_w;
};

// The wide ones need several spans of input columns per tile.
const std::vector<Case> kCases = {{17, 23, 34, 46}, {9, 40, 12, 65}, {21, 300, 7, 30},
                                  {1, 1, 3, 5},     {5, 7, 1, 1},    {3, 1000, 2, 17},
                                  {2, 2, 40, 33}};

TEST(ResizeKernels, ResampleAsTheReference) {
  torch::manual_seed(61);
  for (const auto& c : kCases) {
    for (const auto filter : {detail::TapFilter::kBicubic, detail::TapFilter::kLanczos3}) {
      const auto vertical = detail::make_taps(c.in_h, c.out_h, filter);
      const auto horizontal = detail::make_taps(c.in_w, c.out_w, filter);
      check(vertical, horizontal, 4, ThreadOrder::kAscending);
      check(vertical, horizontal, 3, ThreadOrder::kDescending);  // A block with two planes.
    }
  }
}

TEST(ResizeKernels, ResampleTransposed) {
  torch::manual_seed(62);
  for (const auto& c : kCases) {
    const auto vertical =
        detail::transposed(detail::make_taps(c.in_h, c.out_h, detail::TapFilter::kBicubic));
    const auto horizontal =
        detail::transposed(detail::make_taps(c.in_w, c.out_w, detail::TapFilter::kBicubic));
    check(vertical, horizontal, 4, ThreadOrder::kAscending);
  }
}

}  // namespace
}  // namespace vcisr::ops
