// SPDX-License-Identifier: Apache-2.0
#include "ops/color/color_params.h"

#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

#include "ops/keys_cubic.h"

namespace vcisr::ops::detail {
namespace {

struct LumaWeights {
  double kr, kb;
};

LumaWeights luma_weights(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::kBt601:
      return {0.299, 0.114};
    case YuvMatrix::kBt709:
      return {0.2126, 0.0722};
    case YuvMatrix::kBt2020:
      return {0.2627, 0.0593};
    case YuvMatrix::kFcc:
      return {0.30, 0.11};
    case YuvMatrix::kSmpte240m:
      return {0.212, 0.087};
  }
  TORCH_CHECK(false, "color: no matrix has the number ", static_cast<int>(matrix));
}

// Samples at whole positions weighted by their distance from `center`.
Taps taps_around(double center) {
  Taps taps;
  double sum = 0;
  const auto last = static_cast<std::int64_t>(std::floor(center + 2));
  for (auto i = static_cast<std::int64_t>(std::ceil(center - 2)); i <= last; ++i) {
    const double weight = keys_cubic(static_cast<double>(i) - center);
    if (weight == 0) continue;
    taps.push_back({i, weight});
    sum += weight;
  }
  for (Tap& tap : taps) tap.weight /= sum;
  return taps;
}

/// x of the symmetric positive definite system a x = e_(n/2), by elimination without pivoting.
std::vector<double> center_column_of_inverse(std::vector<std::vector<double>> a) {
  const std::size_t n = a.size();
  std::vector<double> x(n, 0);
  x[n / 2] = 1;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t row = i + 1; row < n; ++row) {
      const double factor = a[row][i] / a[i][i];
      if (factor == 0) continue;
      for (std::size_t column = i; column < n; ++column) a[row][column] -= factor * a[i][column];
      x[row] -= factor * x[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t column = i + 1; column < n; ++column) x[i] -= a[i][column] * x[column];
    x[i] /= a[i][i];
  }
  return x;
}

/// One row of (U^T U)^-1 U^T, U being the interpolation from chroma to luma positions: the chroma
/// whose interpolation is nearest to the picture in the least-squares sense (Unser's spline
/// projection). It takes back exactly what the interpolation made, which a stretched kernel does
/// not.
Taps least_squares_taps(double offset, int shift) {
  if (shift == 0) return {{0, 1.0}};
  // Far more neighbours than count: a neighbour's weight falls by half every two luma samples.
  constexpr std::int64_t kChroma = 41;
  const std::int64_t step = std::int64_t{1} << shift;
  const auto phases = chroma_up_taps(offset, shift);
  std::vector<std::vector<double>> up(static_cast<std::size_t>(kChroma * step),
                                      std::vector<double>(kChroma, 0));
  for (std::int64_t luma = 0; luma < kChroma * step; ++luma) {
    for (const Tap& tap : phases[static_cast<std::size_t>(luma % step)]) {
      const std::int64_t chroma = luma / step + tap.offset;
      if (chroma < 0 || chroma >= kChroma) continue;
      up[static_cast<std::size_t>(luma)][static_cast<std::size_t>(chroma)] = tap.weight;
    }
  }
  std::vector<std::vector<double>> square(kChroma, std::vector<double>(kChroma, 0));
  for (const auto& row : up) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      for (std::size_t j = 0; row[i] != 0 && j < row.size(); ++j) square[i][j] += row[i] * row[j];
    }
  }
  const auto column = center_column_of_inverse(std::move(square));

  Taps taps;
  double sum = 0;
  // 13 or 14 taps for 4:2:0: what is cut changes no interpolated chroma by more than 2 %. The
  // coarse steps, which decoders hardly give, get the 33 that the CUDA kernel holds.
  const double reach = (shift == 1 ? 3.25 : 2) * static_cast<double>(step);
  for (std::int64_t luma = 0; luma < kChroma * step; ++luma) {
    const std::int64_t position = luma - kChroma / 2 * step;
    if (std::abs(static_cast<double>(position) - offset) > reach) continue;
    const auto& row = up[static_cast<std::size_t>(luma)];
    const double weight = std::inner_product(row.begin(), row.end(), column.begin(), 0.0);
    taps.push_back({position, weight});
    sum += weight;
  }
  for (Tap& tap : taps) tap.weight /= sum;
  return taps;
}

}  // namespace

ColorCoefficients<double> color_coefficients(const PlanarFormat& format) {
  const bool is_full = format.is_rgb ? !format.rgb_limited_range : format.full_range;
  const double step = std::ldexp(1.0, format.bit_depth - 8);
  const double most = std::ldexp(1.0, format.bit_depth) - 1;
  const double luma_span = is_full ? most : 219 * step;
  const double chroma_span = is_full ? most : 224 * step;
  const auto [kr, kb] = luma_weights(format.matrix);
  const double kg = 1 - kr - kb;
  ColorCoefficients<double> k{};
  k.luma_offset = is_full ? 0 : 16 * step;
  k.luma_to_unit = 1 / luma_span;
  k.unit_to_luma = luma_span;
  k.chroma_offset = 128 * step;
  k.red_cr = 2 * (1 - kr) / chroma_span;
  k.blue_cb = 2 * (1 - kb) / chroma_span;
  k.green_cr = k.red_cr * kr / kg;
  k.green_cb = k.blue_cb * kb / kg;
  k.kr = kr;
  k.kg = kg;
  k.kb = kb;
  k.blue_to_cb = 1 / k.blue_cb;
  k.red_to_cr = 1 / k.red_cr;
  k.max_sample = most;
  return k;
}

ColorCoefficients<float> to_float(const ColorCoefficients<double>& k) {
  const auto f = [](double x) { return static_cast<float>(x); };
  return {f(k.luma_offset), f(k.luma_to_unit), f(k.chroma_offset), f(k.red_cr),
          f(k.green_cb),    f(k.green_cr),     f(k.blue_cb),       f(k.kr),
          f(k.kg),          f(k.kb),           f(k.unit_to_luma),  f(k.blue_to_cb),
          f(k.red_to_cr),   f(k.max_sample)};
}

double chroma_offset_x(ChromaSiting siting, int shift) {
  const bool is_centered = siting == ChromaSiting::kCenter || siting == ChromaSiting::kTop ||
                           siting == ChromaSiting::kBottom;
  return is_centered ? (std::ldexp(1.0, shift) - 1) / 2 : 0;
}

double chroma_offset_y(ChromaSiting siting, int shift) {
  const double last = std::ldexp(1.0, shift) - 1;
  switch (siting) {
    case ChromaSiting::kTopLeft:
    case ChromaSiting::kTop:
      return 0;
    case ChromaSiting::kBottomLeft:
    case ChromaSiting::kBottom:
      return last;
    case ChromaSiting::kLeft:
    case ChromaSiting::kCenter:
      break;
  }
  return last / 2;
}

std::vector<Taps> chroma_up_taps(double offset, int shift) {
  const double step = std::ldexp(1.0, shift);
  std::vector<Taps> phases;
  for (int phase = 0; phase < (1 << shift); ++phase) {
    phases.push_back(taps_around((phase - offset) / step));
  }
  return phases;
}

Taps chroma_down_taps(double offset, int shift) {
  static std::mutex mutex;
  static std::map<std::pair<double, int>, Taps> known;  // A handful of formats; made once each.
  const std::scoped_lock lock(mutex);
  const auto [entry, is_new] = known.try_emplace({offset, shift});
  if (is_new) entry->second = least_squares_taps(offset, shift);
  return entry->second;
}

}  // namespace vcisr::ops::detail
