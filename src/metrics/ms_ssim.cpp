// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/ms_ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <torch/torch.h>

#include "metrics/planes.h"
#include "vcisr/ops/picture_comparison.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMetric = "MS-SSIM";
constexpr std::array<double, 5> kPowers = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// Means of 2x2 samples; a side of odd length as if it began with one zero.
template <class T, class Out>
torch::Tensor halved(const torch::Tensor& plane) {
  const std::int64_t height = plane.size(0);
  const std::int64_t width = plane.size(1);
  const std::int64_t skipped = width % 2;  // The first column stands alone.
  torch::Tensor half =
      torch::empty({(height + 1) / 2, (width + 1) / 2}, c10::CppTypeToScalarType<Out>::value);
  auto* out = half.mutable_data_ptr<Out>();
  const auto* data = plane.const_data_ptr<T>();
  for (std::int64_t y = 0; y < half.size(0); ++y, out += half.size(1)) {
    const std::int64_t row = 2 * y - height % 2;
    const T* const lower = data + (row + 1) * plane.stride(0);
    const T* const upper = row < 0 ? lower : lower - plane.stride(0);
    const Out upper_weight = row < 0 ? Out{0} : Out{1};
    const auto sum_at = [&](std::int64_t x) {
      return static_cast<Out>(lower[x]) + upper_weight * static_cast<Out>(upper[x]);
    };
    if (skipped == 1) out[0] = sum_at(0) / 4;
    for (std::int64_t x = skipped; x < half.size(1); ++x) {
      const std::int64_t column = 2 * x - skipped;
      out[x] = (sum_at(column) + sum_at(column + 1)) / 4;
    }
  }
  return half;
}

torch::Tensor halved(const torch::Tensor& plane) {
  switch (plane.scalar_type()) {
    case torch::kUInt8:
      return halved<std::uint8_t, float>(plane);
    case torch::kUInt16:
      return halved<std::uint16_t, float>(plane);
    case torch::kFloat32:
      return halved<float, float>(plane);
    default:
      return halved<double, double>(plane);
  }
}

}  // namespace

double ms_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak, SsimTerms terms) {
  Planes planes = compared_planes(kMetric, a, b, kMsSsimSmallestSidePx);
  const auto measure = planes.a.scalar_type() == torch::kFloat64 ? &ops::gaussian_ssim_in_double
                                                                 : &ops::gaussian_ssim;
  const auto contrast_structure = terms == SsimTerms::kClamped
                                      ? ops::ContrastStructure::kClampedAtZero
                                      : ops::ContrastStructure::kSigned;
  double product = 1.0;
  for (std::size_t scale = 0; scale < kPowers.size(); ++scale) {
    if (scale > 0) planes = {halved(planes.a), halved(planes.b)};
    const ops::SsimMeans means = measure(planes.a, planes.b, peak, contrast_structure);
    const bool is_last = scale + 1 == kPowers.size();
    const double term = finite(kMetric, is_last ? means.ssim : means.contrast_structure);
    product *= std::pow(std::max(term, 0.0), kPowers[scale]);
  }
  return product;
}

double ms_ssim_of_channels(const torch::Tensor& a, const torch::Tensor& b, double peak,
                           SsimTerms terms) {
  check_pair(kMetric, a, b, 3);
  TORCH_CHECK(a.dim() == 3, kMetric, " needs two pictures [C, H, W], but their shape is ",
              a.sizes());
  double sum = 0.0;
  for (std::int64_t c = 0; c < a.size(0); ++c) sum += ms_ssim(a[c], b[c], peak, terms);
  return sum / static_cast<double>(a.size(0));
}

}  // namespace vcisr::metrics
