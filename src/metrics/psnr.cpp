// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/psnr.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <torch/torch.h>

#include "metrics/comparison.h"

namespace vcisr::metrics {
namespace {

std::int64_t squared_differences(const std::uint8_t* a, const std::uint8_t* b, std::int64_t count) {
  // 32 bits hold the sum of 65,536 squares below 65,026; short runs keep the inner loop narrow.
  constexpr std::int64_t kRun = 65536;
  std::int64_t total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kRun) {
    const std::int64_t end = std::min(begin + kRun, count);
    std::uint32_t sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int32_t difference = static_cast<std::int32_t>(a[i]) - b[i];
      sum += static_cast<std::uint32_t>(difference * difference);
    }
    total += sum;
  }
  return total;
}

}  // namespace

double mean_squared_error(const torch::Tensor& a, const torch::Tensor& b) {
  TORCH_CHECK(a.defined() && b.defined() && a.sizes() == b.sizes() && a.numel() > 0,
              "a mean squared error needs two tensors of one shape that are not empty");
  TORCH_CHECK(a.scalar_type() == b.scalar_type() &&
                  (a.scalar_type() == torch::kUInt8 || a.is_floating_point()),
              "a mean squared error needs two uint8 or two floating-point tensors, but got ",
              a.scalar_type(), " and ", b.scalar_type());
  if (a.scalar_type() == torch::kUInt8) {
    const torch::Tensor left = a.cpu().contiguous();
    const torch::Tensor right = b.cpu().contiguous();
    const auto total = squared_differences(left.const_data_ptr<std::uint8_t>(),
                                           right.const_data_ptr<std::uint8_t>(), left.numel());
    return static_cast<double>(total) / static_cast<double>(left.numel());
  }
  const torch::NoGradGuard no_grad;
  const torch::Tensor difference = a.to(torch::kFloat64) - b.to(torch::kFloat64);
  return difference.square().mean().item<double>();
}

double psnr_of_mse_db(double mean_squared_error, double peak) {
  if (mean_squared_error == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(peak * peak / mean_squared_error);
}

double psnr_db(const torch::Tensor& restored, const torch::Tensor& hq,
               const ComparisonOptions& options) {
  const ComparedPair pair = compared_pair(restored, hq, options);
  return psnr_of_mse_db(mean_squared_error(pair.restored, pair.hq));
}

}  // namespace vcisr::metrics
