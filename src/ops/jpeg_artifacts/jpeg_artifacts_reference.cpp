// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <ATen/ops/_convolution.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/round.h>

#include "ops/jpeg_artifacts/jpeg_artifacts_ops.h"

namespace vcisr::ops::detail {
namespace {

/// The cosines of all coefficients, orthonormal: [64, 1, 8, 8].
torch::Tensor dct_filters() {
  auto filters = at::empty({kJpegCoefficients, 1, kJpegBlock, kJpegBlock}, torch::kFloat64);
  const auto along = [](std::int64_t frequency, std::int64_t position) {
    const double angle =
        static_cast<double>((2 * position + 1) * frequency) * std::numbers::pi / 16;
    return (frequency == 0 ? std::numbers::sqrt2 / 2 : 1.0) * std::cos(angle) / 2;
  };
  auto value = filters.accessor<double, 4>();
  for (std::int64_t u = 0; u < kJpegBlock; ++u) {
    for (std::int64_t v = 0; v < kJpegBlock; ++v) {
      for (std::int64_t y = 0; y < kJpegBlock; ++y) {
        for (std::int64_t x = 0; x < kJpegBlock; ++x) {
          value[kJpegBlock * u + v][0][y][x] = along(u, y) * along(v, x);
        }
      }
    }
  }
  return filters;
}

/// A convolution with a stride of one block, or its transpose.
torch::Tensor by_blocks(const torch::Tensor& x, const torch::Tensor& filters, bool is_transposed) {
  return at::_convolution(x, filters, {}, {kJpegBlock, kJpegBlock}, {0, 0}, {1, 1}, is_transposed,
                          {0, 0}, 1, /*benchmark=*/false, /*deterministic=*/true,
                          /*cudnn_enabled=*/true, /*allow_tf32=*/false);
}

/// plane: [N, 1, h, w], centred at 0. steps: [N, 64, 1, 1].
torch::Tensor quantize(const torch::Tensor& plane, const torch::Tensor& steps,
                       const torch::Tensor& filters) {
  const auto levels = at::round(by_blocks(plane, filters, false) / steps);  // Half to even.
  return by_blocks(levels * steps, filters, true);
}

using Table = std::array<double, kJpegCoefficients> JpegSteps::*;

torch::Tensor step_tensor(const std::vector<JpegSteps>& steps, Table table,
                          const torch::Tensor& like) {
  const auto images = static_cast<std::int64_t>(steps.size());
  auto values = at::empty({images, kJpegCoefficients, 1, 1}, torch::kFloat64);
  auto* next = values.mutable_data_ptr<double>();
  for (const auto& one : steps) next = std::copy((one.*table).begin(), (one.*table).end(), next);
  return values.to(like.device(), like.scalar_type());
}

torch::Tensor repeated_2x2(const torch::Tensor& x) {
  return x.repeat_interleave(2, 2).repeat_interleave(2, 3);
}

}  // namespace

torch::Tensor jpeg_by_torch(const torch::Tensor& x, const std::vector<JpegSteps>& steps) {
  const auto filters = dct_filters().to(x.device(), x.scalar_type());
  const auto luma_steps = step_tensor(steps, &JpegSteps::luma, x);
  const auto chroma_steps = step_tensor(steps, &JpegSteps::chroma, x);
  const auto missing = [](std::int64_t side) {
    return (kJpegMacroblock - side % kJpegMacroblock) % kJpegMacroblock;
  };
  const auto padded =
      at::constant_pad_nd(x.clamp(0, 1) * 255, {0, missing(x.size(3)), 0, missing(x.size(2))});
  const auto channel = [&](std::int64_t c) { return padded.narrow(1, c, 1); };  // [N, 1, H, W]
  const auto r = channel(0), g = channel(1), b = channel(2);
  // Chroma's offset of 128 is taken off again before the transform, so it never appears.
  const auto y = quantize(0.299 * r + 0.587 * g + 0.114 * b - 128, luma_steps, filters) + 128;
  const auto chroma = [&](double red, double green, double blue) {
    const auto full = red * r + green * g + blue * b;
    return repeated_2x2(quantize(at::avg_pool2d(full, {2, 2}), chroma_steps, filters));
  };
  const auto cb = chroma(-0.168736, -0.331264, 0.5);
  const auto cr = chroma(0.5, -0.418688, -0.081312);
  const auto restored =
      at::cat({y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb}, 1);
  return (restored.clamp(0, 255) / 255)
      .narrow(2, 0, x.size(2))
      .narrow(3, 0, x.size(3))
      .contiguous();
}

}  // namespace vcisr::ops::detail
