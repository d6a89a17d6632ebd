// SPDX-License-Identifier: Apache-2.0
#include "metrics/nrqm_dct.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "metrics/generalised_gaussian.h"

namespace vcisr::metrics {
namespace {

constexpr std::int64_t kSide = 7;
constexpr std::int64_t kStride = 3;
constexpr std::size_t kCoefficients = kSide * kSide;
constexpr double kVariationEpsilon = 1e-7;
constexpr double kOrientationEpsilon = 1e-8;

using Patch = std::array<double, kCoefficients>;

/// Row k: the k-th orthonormal cosine.
Patch cosines() {
  Patch basis{};
  for (std::int64_t k = 0; k < kSide; ++k) {
    const double norm = std::sqrt((k == 0 ? 1.0 : 2.0) / kSide);
    for (std::int64_t x = 0; x < kSide; ++x) {
      basis[k * kSide + x] =
          norm * std::cos(std::numbers::pi * static_cast<double>((2 * x + 1) * k) / (2.0 * kSide));
    }
  }
  return basis;
}

/// out = transpose(basis * in): twice of it is the two-dimensional transform.
void transform_once(const Patch& basis, const Patch& in, Patch& out) {
  for (std::int64_t k = 0; k < kSide; ++k) {
    for (std::int64_t x = 0; x < kSide; ++x) {
      double sum = 0.0;
      for (std::int64_t i = 0; i < kSide; ++i) sum += basis[k * kSide + i] * in[i * kSide + x];
      out[x * kSide + k] = sum;
    }
  }
}

/// Standard deviation (of a sample) over mean.
double variation(std::span<const double> values, double epsilon) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1.0)) / (mean + epsilon);
}

/// Where the frequencies of three orientations lie in a patch: slope up to 3/5, its mirror image
/// and the rest between them.
struct OrientedIndices {
  OrientedIndices() {
    for (std::int64_t down = 0; down < kSide; ++down) {
      for (std::int64_t right = 0; right < kSide; ++right) {
        if (down == 0 && right == 0) continue;
        const auto index = static_cast<std::size_t>(down * kSide + right);
        if (5 * down <= 3 * right) {
          of[0].push_back(index);
        } else if (5 * right <= 3 * down) {
          of[2].push_back(index);
        } else {
          of[1].push_back(index);
        }
      }
    }
  }
  std::array<std::vector<std::size_t>, 3> of;
};

double variance_of_orientations(const Patch& magnitudes, const OrientedIndices& indices) {
  std::array<double, 3> variations{};
  std::vector<double> values;
  for (std::size_t i = 0; i < variations.size(); ++i) {
    values.clear();
    for (const std::size_t index : indices.of[i]) values.push_back(magnitudes[index]);
    variations[i] = variation(values, kOrientationEpsilon);
  }
  const double mean = (variations[0] + variations[1] + variations[2]) / 3.0;
  double squares = 0.0;
  for (const double value : variations) squares += (value - mean) * (value - mean);
  return squares / 2.0;
}

/// The picture with zeros around it, so that patches lie at every third pixel of both axes and the
/// zeros are the same on both sides (one more at the end where their number is odd).
class PaddedPatches {
 public:
  explicit PaddedPatches(const LumaPlane& plane)
      : rows_((plane.height + kStride - 1) / kStride),
        columns_((plane.width + kStride - 1) / kStride),
        padded_((rows_ - 1) * kStride + kSide, (columns_ - 1) * kStride + kSide) {
    const std::int64_t top = (padded_.height - plane.height) / 2;
    const std::int64_t left = (padded_.width - plane.width) / 2;
    for (std::int64_t y = 0; y < plane.height; ++y) {
      std::copy_n(plane.row(y), plane.width, padded_.row(top + y) + left);
    }
  }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t columns() const { return columns_; }

  void read(std::int64_t row, std::int64_t column, Patch& patch) const {
    for (std::int64_t y = 0; y < kSide; ++y) {
      std::copy_n(padded_.row(row * kStride + y) + column * kStride, kSide,
                  patch.begin() + y * kSide);
    }
  }

 private:
  std::int64_t rows_;
  std::int64_t columns_;
  LumaPlane padded_;
};

double mean_of_first(const std::vector<double>& values, std::size_t count) {
  const auto last = values.begin() + static_cast<std::ptrdiff_t>(std::min(count, values.size()));
  return std::accumulate(values.begin(), last, 0.0) / static_cast<double>(last - values.begin());
}

}  // namespace

std::array<double, 6> dct_features(const LumaPlane& level) {
  const PaddedPatches patches(level);
  const Patch basis = cosines();
  const OrientedIndices indices;
  std::vector<double> shapes;
  std::vector<double> variations;
  std::vector<double> orientations;
  Patch patch{};
  Patch half{};
  for (std::int64_t row = 0; row < patches.rows(); ++row) {
    for (std::int64_t column = 0; column < patches.columns(); ++column) {
      patches.read(row, column, patch);
      transform_once(basis, patch, half);
      transform_once(basis, half, patch);
      const std::span<const double> without_mean(patch.data() + 1, kCoefficients - 1);
      shapes.push_back(generalised_gaussian_shape(without_mean));
      for (double& coefficient : patch) coefficient = std::abs(coefficient);
      variations.push_back(variation(without_mean, kVariationEpsilon));
      orientations.push_back(variance_of_orientations(patch, indices));
    }
  }
  std::sort(shapes.begin(), shapes.end());
  std::sort(variations.begin(), variations.end(), std::greater<>());
  std::sort(orientations.begin(), orientations.end(), std::greater<>());
  const std::size_t count = shapes.size();
  const std::size_t tenth = (count + 9) / 10;
  return {mean_of_first(shapes, tenth + 1),   mean_of_first(shapes, count),
          mean_of_first(variations, tenth),   mean_of_first(variations, count),
          mean_of_first(orientations, tenth), mean_of_first(orientations, count)};
}

}  // namespace vcisr::metrics
