// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/psnr_b.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <torch/torch.h>

#include "metrics/planes.h"
#include "vcisr/metrics/psnr.h"

namespace vcisr::metrics {
namespace {

/// Sums of squared steps between neighbours along one dimension.
struct Steps {
  double all = 0.0;
  double across_borders = 0.0;
};

Steps steps_along(const torch::Tensor& plane, std::int64_t dim) {
  constexpr std::int64_t kBlock = kPsnrBBlockPx;
  const std::int64_t length = plane.size(dim);
  Steps steps;
  steps.all = squared_error(plane.narrow(dim, 0, length - 1), plane.narrow(dim, 1, length - 1)).sum;
  if (length > kBlock) {
    steps.across_borders = squared_error(plane.slice(dim, kBlock - 1, length - 1, kBlock),
                                         plane.slice(dim, kBlock, length, kBlock))
                               .sum;
  }
  return steps;
}

/// The blocking effect factor: what is added to the mean squared error.
double block_effect(const torch::Tensor& plane) {
  constexpr double kBlock = kPsnrBBlockPx;
  const auto height = static_cast<double>(plane.size(0));
  const auto width = static_cast<double>(plane.size(1));
  const Steps along_rows = steps_along(plane, 1);
  const Steps down_columns = steps_along(plane, 0);
  const double border_sum = along_rows.across_borders + down_columns.across_borders;
  const double other_sum = along_rows.all + down_columns.all - border_sum;
  const double borders = (height * (width / kBlock) - 1.0) + (width * (height / kBlock) - 1.0);
  const double others = height * (width - 1.0) + width * (height - 1.0) - borders;
  const double excess = border_sum / borders - other_sum / others;
  return excess > 0.0 ? excess * std::log2(kBlock) / std::log2(std::min(height, width)) : 0.0;
}

}  // namespace

double psnr_b_db(const torch::Tensor& distorted, const torch::Tensor& reference, double peak) {
  const Planes planes = compared_planes("PSNR-B", distorted, reference, kPsnrBBlockPx);
  const double error = mean_squared_error(planes.a, planes.b);
  return psnr_of_mse_db(error + block_effect(planes.a), peak);
}

}  // namespace vcisr::metrics
