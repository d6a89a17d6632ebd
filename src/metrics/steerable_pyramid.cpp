// SPDX-License-Identifier: Apache-2.0
//
// Everything happens in the frequency domain with the zero frequency in the middle, as the paper's
// own software has it: a level is halved by cutting out the middle.
//
// That software takes its filters from tables and interpolates linearly: 257 radii per octave, 2048
// angles. NRQM's published features contain it (1e-6 in a similarity), so the tables are here too.
#include "metrics/steerable_pyramid.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

using Complex = c10::complex<double>;

constexpr double kPi = std::numbers::pi;
constexpr std::int64_t kRadii = 256;
constexpr std::int64_t kAngles = 2048;
constexpr int kOrder = static_cast<int>(SteerablePyramid::kOrientations) - 1;

/// Where the zero frequency lies.
std::int64_t middle(std::int64_t count) { return count / 2; }

/// Both halves of the transition between log2(radius) = -1 and 0: squares add up to one.
class RadialFilters {
 public:
  RadialFilters() : high_(kRadii + 1), low_(kRadii + 1) {
    for (std::int64_t i = 0; i <= kRadii; ++i) {
      const double phase = kPi / 2.0 * (static_cast<double>(i) / kRadii - 1.0);
      const double square = std::cos(phase) * std::cos(phase);
      high_[i] = std::sqrt(square);
      low_[i] = std::sqrt(1.0 - square);
    }
  }
  [[nodiscard]] double high(double log_radius) const { return at(high_, log_radius); }
  [[nodiscard]] double low(double log_radius) const { return at(low_, log_radius); }

 private:
  static double at(const std::vector<double>& table, double log_radius) {
    const double place = std::clamp((log_radius + 1.0) * kRadii, 0.0, static_cast<double>(kRadii));
    const auto index = std::min<std::int64_t>(static_cast<std::int64_t>(place), kRadii - 1);
    return table[index] + (place - static_cast<double>(index)) * (table[index + 1] - table[index]);
  }

  std::vector<double> high_;
  std::vector<double> low_;
};

/// cos(angle)^order of the half plane around angle 0, scaled so that the orientations' squares add
/// up to one.
class AngularFilter {
 public:
  AngularFilter() : table_(kAngles + 1) {
    const double factorial = std::tgamma(kOrder + 1.0);
    const double power = std::pow(2.0, 2 * kOrder) * factorial * factorial /
                         ((kOrder + 1.0) * std::tgamma(2.0 * kOrder + 1.0));
    for (std::int64_t i = 0; i <= kAngles; ++i) {
      const double cosine = std::cos(2.0 * kPi * static_cast<double>(i) / kAngles);
      table_[i] = 2.0 * std::sqrt(power) * std::pow(std::max(cosine, 0.0), kOrder);
    }
  }
  [[nodiscard]] double at(double angle) const {
    double place = angle / (2.0 * kPi) * kAngles;
    if (place < 0.0) place += kAngles;
    const auto index = std::min<std::int64_t>(static_cast<std::int64_t>(place), kAngles - 1);
    return table_[index] +
           (place - static_cast<double>(index)) * (table_[index + 1] - table_[index]);
  }

 private:
  std::vector<double> table_;
};

/// A level's frequencies, contiguous [h, w].
struct Spectrum {
  torch::Tensor values;      // complex128
  torch::Tensor log_radius;  // float64; 0 is the highest frequency along an axis
  torch::Tensor angle;       // float64, -pi .. pi
};

Spectrum spectrum_of(const torch::Tensor& plane) {
  const std::int64_t height = plane.size(0);
  const std::int64_t width = plane.size(1);
  Spectrum spectrum{torch::fft_fftshift(torch::fft_fft2(plane)).contiguous(),
                    torch::empty_like(plane), torch::empty_like(plane)};
  auto* log_radius = spectrum.log_radius.mutable_data_ptr<double>();
  auto* angle = spectrum.angle.mutable_data_ptr<double>();
  const double zero_frequency = 2.0 / static_cast<double>(width);  // its neighbour's, for the log
  for (std::int64_t y = 0; y < height; ++y) {
    const double down = static_cast<double>(y - middle(height)) / (static_cast<double>(height) / 2);
    for (std::int64_t x = 0; x < width; ++x) {
      const double right =
          static_cast<double>(x - middle(width)) / (static_cast<double>(width) / 2);
      const double radius = std::hypot(down, right);
      *log_radius++ = std::log2(radius == 0.0 ? zero_frequency : radius);
      *angle++ = std::atan2(down, right);
    }
  }
  return spectrum;
}

/// Complex values of the spectrum after a filter, back in the picture's domain.
template <class Filter>
torch::Tensor filtered(const Spectrum& spectrum, const Filter& filter) {
  torch::Tensor out = torch::empty_like(spectrum.values);
  const auto* in = spectrum.values.const_data_ptr<Complex>();
  const auto* log_radius = spectrum.log_radius.const_data_ptr<double>();
  const auto* angle = spectrum.angle.const_data_ptr<double>();
  auto* result = out.mutable_data_ptr<Complex>();
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    result[i] = in[i] * filter(log_radius[i], angle[i]);
  }
  return torch::fft_ifft2(torch::fft_ifftshift(out));
}

void remove_high_frequencies(Spectrum& spectrum, const RadialFilters& radial) {
  auto* values = spectrum.values.mutable_data_ptr<Complex>();
  const auto* log_radius = spectrum.log_radius.const_data_ptr<double>();
  for (std::int64_t i = 0; i < spectrum.values.numel(); ++i) values[i] *= radial.low(log_radius[i]);
}

/// The middle half of both axes; odd lengths round up.
Spectrum halved(const Spectrum& spectrum) {
  const auto cut = [](const torch::Tensor& whole) {
    const std::int64_t height = (whole.size(0) + 1) / 2;
    const std::int64_t width = (whole.size(1) + 1) / 2;
    return whole.narrow(0, middle(whole.size(0)) - middle(height), height)
        .narrow(1, middle(whole.size(1)) - middle(width), width)
        .contiguous();
  };
  return {cut(spectrum.values), cut(spectrum.log_radius), cut(spectrum.angle)};
}

}  // namespace

SteerablePyramid steerable_pyramid(const torch::Tensor& plane) {
  const RadialFilters radial;
  const AngularFilter angular;
  Spectrum spectrum = spectrum_of(plane);
  SteerablePyramid pyramid;
  pyramid.high_pass = torch::real(filtered(spectrum, [&radial](double log_radius, double) {
                        return radial.high(log_radius);
                      })).contiguous();
  remove_high_frequencies(spectrum, radial);
  for (std::size_t level = 0; level < SteerablePyramid::kLevels; ++level) {
    if (level > 0) {
      spectrum = halved(spectrum);
      remove_high_frequencies(spectrum, radial);
    }
    spectrum.log_radius += 1.0;  // an octave down
    for (std::size_t band = 0; band < SteerablePyramid::kOrientations; ++band) {
      const double orientation = kPi * static_cast<double>(band) / (kOrder + 1);
      const torch::Tensor response =
          filtered(spectrum, [&radial, &angular, orientation](double log_radius, double angle) {
            return radial.high(log_radius) * angular.at(angle - orientation);
          });
      // The paper's factor (-i)^5 = -i turns the imaginary part into the real one.
      pyramid.bands[level][band] = torch::imag(response).contiguous();
    }
  }
  return pyramid;
}

}  // namespace vcisr::metrics
