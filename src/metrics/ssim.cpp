// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/ssim.h"

#include <cstdint>

#include <torch/torch.h>

#include "metrics/comparison.h"
#include "metrics/planes.h"
#include "vcisr/ops/picture_comparison.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMetric = "SSIM";

ops::ContrastStructure contrast_structure(SsimTerms terms) {
  return terms == SsimTerms::kClamped ? ops::ContrastStructure::kClampedAtZero
                                      : ops::ContrastStructure::kSigned;
}

}  // namespace

double gaussian_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak, SsimTerms terms) {
  const Planes planes = compared_planes(kMetric, a, b, kSsimWindowPx);
  const auto measure = planes.a.scalar_type() == torch::kFloat64 ? &ops::gaussian_ssim_in_double
                                                                 : &ops::gaussian_ssim;
  return finite(kMetric, measure(planes.a, planes.b, peak, contrast_structure(terms)).ssim);
}

double gaussian_ssim_in_double(const torch::Tensor& a, const torch::Tensor& b, double peak,
                               SsimTerms terms) {
  const Planes planes = compared_planes(kMetric, a, b, kSsimWindowPx);
  return finite(
      kMetric,
      ops::gaussian_ssim_in_double(planes.a, planes.b, peak, contrast_structure(terms)).ssim);
}

double uniform_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  constexpr const char* kUniform = "the uniform SSIM";
  const Planes planes = compared_planes(kUniform, a, b, kUniformSsimWindowPx);
  return finite(kUniform, ops::uniform_ssim(planes.a, planes.b, peak));
}

double ssim(const torch::Tensor& restored, const torch::Tensor& hq,
            const ComparisonOptions& options) {
  const ComparedPair pair = compared_pair(restored, hq, options);
  const std::int64_t channels = pair.hq.size(0);
  double sum = 0.0;
  for (std::int64_t c = 0; c < channels; ++c) {
    sum += gaussian_ssim_in_double(pair.restored[c], pair.hq[c]);
  }
  return sum / static_cast<double>(channels);
}

}  // namespace vcisr::metrics
