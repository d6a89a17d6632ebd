// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/brisque.h"

#include <algorithm>
#include <cmath>

#include <torch/torch.h>

#include "metrics/aggd.h"
#include "metrics/mscn.h"
#include "metrics/natural_scene.h"

namespace vcisr::metrics {
namespace {

constexpr std::size_t kFeaturesPerScale = kBrisqueFeatures / 2;
constexpr std::array<Shift, 4> kNeighbours = {{{0, 1}, {1, 0}, {1, 1}, {-1, 1}}};

void write_features(const LumaPlane& luma, double* out) {
  const LumaPlane normalised = mscn(luma, MscnRule::kPyiqaBrisque);
  const LumaBlock all{normalised, 0, 0, normalised.height, normalised.width};
  const SampleSums own = sums_of(all);
  *out++ = symmetric_shape(own);
  *out++ = (own.negative_squares + own.positive_squares) / own.count;
  for (const Shift& shift : kNeighbours) {
    const AsymmetricFit fit = fit_asymmetric(sums_of_products(all, shift));
    *out++ = fit.shape;
    *out++ = (fit.right_rms - fit.left_rms) * fit.mean_ratio * fit.beta_ratio;
    *out++ = fit.left_rms * fit.left_rms;
    *out++ = fit.right_rms * fit.right_rms;
  }
}

}  // namespace

BrisqueFeatures brisque_features(const torch::Tensor& rgb) {
  check_scene(rgb, "BRISQUE", kBrisqueSmallestPx);
  const LumaPlane luma = rounded_full_range_luma(rgb, rgb.size(1), rgb.size(2));
  check_not_flat(luma, "BRISQUE");
  BrisqueFeatures features{};
  write_features(luma, features.data());
  write_features(halved(luma, 1.0), features.data() + kFeaturesPerScale);
  for (std::size_t i = 0; i < features.size(); ++i) {
    TORCH_CHECK(std::isfinite(features[i]), "BRISQUE is not defined for this picture of ",
                rgb.size(2), "x", rgb.size(1), " pixels: its feature ", i + 1,
                " is not a number, as on flat pictures");
  }
  return features;
}

double brisque(const torch::Tensor& rgb, const BrisqueModel& model) {
  return model.score(brisque_features(rgb));
}

}  // namespace vcisr::metrics
