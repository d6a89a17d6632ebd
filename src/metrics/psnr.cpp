// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/psnr.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include <torch/torch.h>

#include "metrics/comparison.h"
#include "metrics/planes.h"
#include "vcisr/ops/picture_comparison.h"

namespace vcisr::metrics {
namespace {

std::uint64_t integer_sum(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.dim() == 2) return ops::sum_of_squared_differences(a, b);
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < a.size(0); ++i) sum += integer_sum(a[i], b[i]);
  return sum;
}

double float_sum(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.dim() > 2) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < a.size(0); ++i) sum += float_sum(a[i], b[i]);
    return sum;
  }
  if (a.scalar_type() == torch::kFloat32) return ops::sum_of_squared_float_differences(a, b);
  return (a - b).square().sum().item<double>();
}

}  // namespace

SquaredError squared_error(const torch::Tensor& a, const torch::Tensor& b) {
  constexpr const char* kMetric = "the squared error";
  check_pair(kMetric, a, b, 2);
  const torch::NoGradGuard no_grad;
  const torch::Tensor left = with_dense_rows(a);
  const torch::Tensor right = with_dense_rows(b);
  const double sum = left.is_floating_point() ? finite(kMetric, float_sum(left, right))
                                              : static_cast<double>(integer_sum(left, right));
  return {sum, left.numel()};
}

double mean_squared_error(const torch::Tensor& a, const torch::Tensor& b) {
  return squared_error(a, b).mse();
}

double psnr_of_mse_db(double mean_squared_error, double peak) {
  if (mean_squared_error == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(peak * peak / mean_squared_error);
}

double psnr_pyiqa_db(double mean_squared_error, double peak) {
  return -10.0 * std::log10(mean_squared_error / (peak * peak) + 1e-8);
}

double psnr_db(const torch::Tensor& restored, const torch::Tensor& hq,
               const ComparisonOptions& options) {
  const ComparedPair pair = compared_pair(restored, hq, options);
  return psnr_of_mse_db(mean_squared_error(pair.restored, pair.hq));
}

}  // namespace vcisr::metrics
