// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/nrqm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <torch/torch.h>

#include "metrics/natural_scene.h"
#include "metrics/nrqm_dct.h"
#include "metrics/nrqm_steerable.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMetric = "NRQM";
constexpr std::size_t kLevels = 3;
constexpr std::int64_t kPatchPx = 5;
constexpr std::size_t kSingularValues = kPatchPx * kPatchPx;

/// Gaussian 3x3 of sigma 0.5 with zeros around the picture, then every second sample from the
/// second one on.
LumaPlane next_level(const LumaPlane& plane) {
  const double beside = std::exp(-2.0);
  const double centre_weight = 1.0 / (1.0 + 2.0 * beside);
  const double side_weight = beside * centre_weight;
  LumaPlane next(plane.height / 2, plane.width / 2);
  std::vector<double> line(static_cast<std::size_t>(plane.width));
  for (std::int64_t y = 0; y < next.height; ++y) {
    const std::int64_t centre = 2 * y + 1;
    const double* const above = plane.row(centre - 1);
    const double* const here = plane.row(centre);
    const double* const below = centre + 1 < plane.height ? plane.row(centre + 1) : nullptr;
    for (std::int64_t x = 0; x < plane.width; ++x) {
      line[x] =
          centre_weight * here[x] + side_weight * (above[x] + (below == nullptr ? 0.0 : below[x]));
    }
    double* const out = next.row(y);
    for (std::int64_t x = 0; x < next.width; ++x) {
      const double right = 2 * x + 2 < plane.width ? line[2 * x + 2] : 0.0;
      out[x] = centre_weight * line[2 * x + 1] + side_weight * (line[2 * x] + right);
    }
  }
  return next;
}

/// Patches side by side, cut from a plane with zeros on the right and below: [patches, 25].
torch::Tensor patch_matrix(const LumaPlane& plane) {
  const std::int64_t rows = (plane.height + kPatchPx - 1) / kPatchPx;
  const std::int64_t columns = (plane.width + kPatchPx - 1) / kPatchPx;
  torch::Tensor matrix =
      torch::zeros({rows * columns, static_cast<std::int64_t>(kSingularValues)}, torch::kFloat64);
  auto* const out = matrix.mutable_data_ptr<double>();
  for (std::int64_t y = 0; y < plane.height; ++y) {
    const double* const in = plane.row(y);
    for (std::int64_t x = 0; x < plane.width; ++x) {
      const std::int64_t patch = y / kPatchPx * columns + x / kPatchPx;
      out[patch * static_cast<std::int64_t>(kSingularValues) + y % kPatchPx * kPatchPx +
          x % kPatchPx] = in[x];
    }
  }
  return matrix;
}

}  // namespace

NrqmFeatures nrqm_features(const torch::Tensor& rgb) {
  const torch::NoGradGuard no_grad;
  check_scene(rgb, kMetric, kNrqmSmallestSidePx);
  LumaPlane level = rounded_full_range_luma(rgb, rgb.size(1), rgb.size(2));
  check_not_flat(level, kMetric);
  NrqmFeatures features;
  features.steerable = steerable_features(level);
  for (double& sample : level.samples) sample /= 255.0;
  for (std::size_t i = 0; i < kLevels; ++i) {
    if (i > 0) level = next_level(level);
    const auto dct = dct_features(level);
    std::copy(dct.begin(), dct.end(), features.dct.begin() + static_cast<std::ptrdiff_t>(6 * i));
    const torch::Tensor values = torch::linalg_svdvals(patch_matrix(level), std::nullopt);
    std::copy_n(
        values.contiguous().const_data_ptr<double>(), kSingularValues,
        features.singular_values.begin() + static_cast<std::ptrdiff_t>(kSingularValues * i));
  }
  return features;
}

double nrqm(const torch::Tensor& rgb, const NrqmModel& model) {
  return model.score(nrqm_features(rgb));
}

}  // namespace vcisr::metrics
