// SPDX-License-Identifier: Apache-2.0
#include "ops/color/color_params.h"

#include <cmath>

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

// Samples at whole positions weighted by their distance from `center`, in steps of `stretch`.
Taps taps_around(double center, double stretch) {
  Taps taps;
  double sum = 0;
  const auto last = static_cast<std::int64_t>(std::floor(center + 2 * stretch));
  for (auto i = static_cast<std::int64_t>(std::ceil(center - 2 * stretch)); i <= last; ++i) {
    const double weight = keys_cubic((static_cast<double>(i) - center) / stretch);
    if (weight == 0) continue;
    taps.push_back({i, weight});
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
    phases.push_back(taps_around((phase - offset) / step, 1));
  }
  return phases;
}

Taps chroma_down_taps(double offset, int shift) {
  return taps_around(offset, std::ldexp(1.0, shift));
}

}  // namespace vcisr::ops::detail
