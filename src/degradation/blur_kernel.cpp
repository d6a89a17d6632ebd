// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/blur_kernel.h"

#include <cmath>
#include <numbers>
#include <sstream>
#include <string>

#include <math.h>  // j1, which <cmath> need not have.

#include "degradation/bell_names.h"
#include "vcisr/core/error.h"

namespace vcisr::degradation {
namespace {

void check_size(const char* what, std::int64_t size) {
  if (size < 1 || size % 2 == 0) {
    throw ConfigError(std::string(what) + " must be odd and at least 1, but is " +
                      std::to_string(size) + ".");
  }
}

void check_positive(const char* what, double value) {
  if (!(value > 0 && std::isfinite(value))) {
    std::ostringstream text;
    text << "A blur kernel's " << what << " must be more than 0, but is " << value << ".";
    throw ConfigError(text.str());
  }
}

/// Density at squared distance q.
double bell(BellKind kind, double q, double beta) {
  switch (kind) {
    case BellKind::kIso:
    case BellKind::kAniso:
      return std::exp(-0.5 * q);
    case BellKind::kGeneralizedIso:
    case BellKind::kGeneralizedAniso:
      return std::exp(-0.5 * std::pow(q, beta));
    case BellKind::kPlateauIso:
    case BellKind::kPlateauAniso:
      break;
  }
  return 1 / (1 + std::pow(q, beta));
}

/// value(x, y) for x and y from -r to r, divided by their sum.
template <class Value>
torch::Tensor normalised(std::int64_t size, const Value& value) {
  auto kernel = torch::empty({size, size}, torch::kFloat64);
  const std::int64_t radius = size / 2;
  auto* data = kernel.mutable_data_ptr<double>();
  double sum = 0;
  for (std::int64_t y = -radius; y <= radius; ++y) {
    for (std::int64_t x = -radius; x <= radius; ++x) {
      *data = value(static_cast<double>(x), static_cast<double>(y));
      sum += *data++;
    }
  }
  return kernel.div_(sum);
}

}  // namespace

torch::Tensor bell_blur_kernel(const BellBlur& blur) {
  check_size("A blur kernel's size", blur.size);
  check_positive("sigma_x", blur.sigma_x);
  const bool two_sigmas = is_aniso(blur.kind);
  if (two_sigmas) check_positive("sigma_y", blur.sigma_y);
  if (has_beta(blur.kind)) {
    check_positive("beta", blur.beta);
  }
  if (two_sigmas && !std::isfinite(blur.rotation_rad)) {
    throw ConfigError("A blur kernel's rotation must be finite.");
  }
  const double sigma_y = two_sigmas ? blur.sigma_y : blur.sigma_x;
  const double cosine = two_sigmas ? std::cos(blur.rotation_rad) : 1;
  const double sine = two_sigmas ? std::sin(blur.rotation_rad) : 0;
  return normalised(blur.size, [&](double x, double y) {
    const double along = (x * cosine + y * sine) / blur.sigma_x;
    const double across = (y * cosine - x * sine) / sigma_y;
    return bell(blur.kind, along * along + across * across, blur.beta);
  });
}

torch::Tensor sinc_blur_kernel(std::int64_t size, double cutoff_rad) {
  check_size("A blur kernel's size", size);
  if (!(cutoff_rad > 0 && cutoff_rad <= std::numbers::pi)) {
    std::ostringstream text;
    text << "A sinc kernel's cutoff must be more than 0 and at most pi, but is " << cutoff_rad
         << ".";
    throw ConfigError(text.str());
  }
  return normalised(size, [&](double x, double y) {
    const double distance = std::sqrt(x * x + y * y);
    if (distance == 0) return cutoff_rad * cutoff_rad / (4 * std::numbers::pi);
    // Not std::cyl_bessel_j: by way of lgamma it writes a global of the C library in every thread.
    return cutoff_rad * ::j1(cutoff_rad * distance) / (2 * std::numbers::pi * distance);
  });
}

torch::Tensor pulse_blur_kernel(std::int64_t size) {
  check_size("A blur kernel's size", size);
  auto kernel = torch::zeros({size, size}, torch::kFloat64);
  kernel[size / 2][size / 2] = 1;
  return kernel;
}

torch::Tensor pad_blur_kernel(const torch::Tensor& kernel, std::int64_t size) {
  check_size("A padded blur kernel's size", size);
  if (kernel.dim() != 2 || kernel.size(0) != kernel.size(1) || kernel.size(0) % 2 == 0 ||
      kernel.size(0) > size) {
    std::ostringstream text;
    text << "A blur kernel to be padded to " << size
         << " must be square, of odd size and no larger, but is " << kernel.sizes() << ".";
    throw ConfigError(text.str());
  }
  const std::int64_t margin = (size - kernel.size(0)) / 2;
  return torch::constant_pad_nd(kernel, {margin, margin, margin, margin}, 0);
}

std::vector<double> gaussian_taps(std::int64_t count, double sigma) {
  check_size("The number of Gaussian taps", count);
  check_positive("sigma", sigma);
  std::vector<double> taps;
  double sum = 0;
  for (std::int64_t i = -(count / 2); i <= count / 2; ++i) {
    const double distance = static_cast<double>(i) / sigma;
    taps.push_back(std::exp(-0.5 * distance * distance));
    sum += taps.back();
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

}  // namespace vcisr::degradation
