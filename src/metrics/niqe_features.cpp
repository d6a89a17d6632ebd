// SPDX-License-Identifier: Apache-2.0
#include "metrics/niqe_features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/aggd.h"
#include "metrics/mscn.h"
#include "metrics/natural_scene.h"

namespace vcisr::metrics {
namespace {

constexpr double kPeak = 255.0;
constexpr std::size_t kFeaturesPerScale = kNiqeFeatures / 2;
constexpr std::array<Shift, 4> kNeighbours = {{{0, 1}, {1, 0}, {1, 1}, {1, -1}}};

void write_features(const LumaBlock& block, double* out) {
  const AsymmetricFit own = fit_asymmetric(sums_of(block));
  *out++ = own.shape;
  *out++ = (own.left_rms * own.beta_ratio + own.right_rms * own.beta_ratio) / 2.0;
  for (const Shift& shift : kNeighbours) {
    const AsymmetricFit fit = fit_asymmetric(sums_of_products(block, shift));
    const double left = fit.left_rms * fit.beta_ratio;
    const double right = fit.right_rms * fit.beta_ratio;
    *out++ = fit.shape;
    *out++ = (right - left) * fit.mean_ratio;
    *out++ = left;
    *out++ = right;
  }
}

double mean_of(const LumaBlock& block) {
  double sum = 0.0;
  for (std::int64_t y = 0; y < block.height; ++y) {
    const double* const row = block.plane.row(block.top + y) + block.left;
    for (std::int64_t x = 0; x < block.width; ++x) sum += row[x];
  }
  return sum / static_cast<double>(block.height * block.width);
}

/// The features of all blocks at one scale go to `first` and on of each row.
void add_scale(const LumaPlane& normalised, std::int64_t side, std::size_t first,
               NiqeBlocks& blocks) {
  const std::int64_t across = normalised.width / side;
  for (std::size_t i = 0; i < blocks.features.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    const LumaBlock block{normalised, number / across * side, number % across * side, side, side};
    write_features(block, blocks.features[i].data() + first);
  }
}

void round_to_float(LumaPlane& plane) {
  for (double& sample : plane.samples) sample = static_cast<double>(static_cast<float>(sample));
}

}  // namespace

NiqeBlocks niqe_blocks(const torch::Tensor& rgb, NiqeConvention convention) {
  const bool is_pyiqa = convention == NiqeConvention::kPyiqa;
  const char* const name = is_pyiqa ? "NIQE" : "BasicSR's NIQE";
  const MscnRule rule = is_pyiqa ? MscnRule::kPyiqaNiqe : MscnRule::kBasicsrNiqe;
  check_scene(rgb, name, kNiqeBlockPx);
  const std::int64_t down = rgb.size(1) / kNiqeBlockPx;
  const std::int64_t across = rgb.size(2) / kNiqeBlockPx;
  const std::int64_t height = down * kNiqeBlockPx;
  const std::int64_t width = across * kNiqeBlockPx;
  const LumaPlane luma = is_pyiqa ? rounded_full_range_luma(rgb, height, width)
                                  : rounded_basicsr_luma(rgb, height, width);
  check_not_flat(luma, name);

  NiqeBlocks blocks;
  blocks.features.resize(static_cast<std::size_t>(down * across));
  LumaPlane deviation;
  add_scale(mscn(luma, rule, &deviation), kNiqeBlockPx, 0, blocks);
  for (std::int64_t i = 0; i < down * across; ++i) {
    const std::int64_t top = i / across * kNiqeBlockPx;
    const std::int64_t left = i % across * kNiqeBlockPx;
    blocks.sharpness.push_back(mean_of({deviation, top, left, kNiqeBlockPx, kNiqeBlockPx}));
  }
  LumaPlane half = halved(luma, kPeak);
  for (double& sample : half.samples) sample *= kPeak;
  if (!is_pyiqa) round_to_float(half);
  add_scale(mscn(half, rule), kNiqeBlockPx / 2, kFeaturesPerScale, blocks);
  return blocks;
}

bool is_complete(const NiqeRow& row) {
  return std::all_of(row.begin(), row.end(), [](double value) { return std::isfinite(value); });
}

NiqeRow mean_of(const std::vector<NiqeRow>& rows) {
  NiqeRow mean{};
  for (std::size_t f = 0; f < kNiqeFeatures; ++f) {
    double sum = 0.0;
    double count = 0.0;
    for (const NiqeRow& row : rows) {
      if (std::isnan(row[f])) continue;
      sum += row[f];
      count += 1.0;
    }
    mean[f] = sum / count;
  }
  return mean;
}

std::vector<double> covariance_of(const std::vector<NiqeRow>& rows) {
  std::vector<double> covariance(kNiqeFeatures * kNiqeFeatures, 0.0);
  if (rows.size() < 2) return covariance;
  const NiqeRow mean = mean_of(rows);
  for (const NiqeRow& row : rows) {
    for (std::size_t i = 0; i < kNiqeFeatures; ++i) {
      for (std::size_t j = 0; j < kNiqeFeatures; ++j) {
        covariance[i * kNiqeFeatures + j] += (row[i] - mean[i]) * (row[j] - mean[j]);
      }
    }
  }
  for (double& value : covariance) value /= static_cast<double>(rows.size() - 1);
  return covariance;
}

}  // namespace vcisr::metrics
