// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/usm_sharpening.h"

#include <cmath>
#include <sstream>

#include "vcisr/core/error.h"
#include "vcisr/degradation/blur_kernel.h"
#include "vcisr/ops/blur.h"

namespace vcisr::degradation {
namespace {

void check(const UsmOptions& options) {
  const auto is_share = [](double value) { return value >= 0 && std::isfinite(value); };
  if (options.radius >= 1 && is_share(options.weight) && is_share(options.threshold_8bit)) return;
  std::ostringstream text;
  text << "USM sharpening needs a radius of at least 1 and a weight and threshold of at least 0, "
          "but has "
       << options.radius << ", " << options.weight << " and " << options.threshold_8bit << ".";
  throw ConfigError(text.str());
}

}  // namespace

torch::Tensor usm_sharpening(const torch::Tensor& hq, const UsmOptions& options) {
  check(options);
  const std::int64_t count = options.radius | 1;
  // OpenCV's rule for a sigma that nobody gave.
  const double sigma = 0.3 * (static_cast<double>(count - 1) * 0.5 - 1) + 0.8;
  const auto taps = torch::tensor(gaussian_taps(count, sigma), torch::kFloat64);
  const auto residual = hq - ops::filter2d_separable(hq, taps, taps);
  const auto mask = residual.abs().mul_(255).gt(options.threshold_8bit).to(hq.scalar_type());
  const auto soft_mask = ops::filter2d_separable(mask, taps, taps);
  const auto sharp = torch::add(hq, residual, options.weight).clamp_(0, 1);
  return torch::lerp(hq, sharp, soft_mask);
}

}  // namespace vcisr::degradation
