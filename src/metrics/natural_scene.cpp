// SPDX-License-Identifier: Apache-2.0
// Compiled with -ffp-contract=off: a fused multiply-add rounds other halves.
#include "metrics/natural_scene.h"

#include <algorithm>
#include <array>

#include <torch/torch.h>

namespace vcisr::metrics {
namespace {

/// Of the samples at distance 0.5, 1.5, 2.5 and 3.5 input pixels: Keys' cubic (a = -0.5) stretched
/// by two. The sum of all eight is 1 and each is exact.
constexpr std::array<double, 4> kHalfTaps = {111.0 / 256, 29.0 / 256, -9.0 / 256, -3.0 / 256};
constexpr std::int64_t kReach = 4;

struct Channels {
  explicit Channels(const torch::Tensor& rgb)
      : red(rgb.const_data_ptr<float>()),
        green(red + rgb.size(1) * rgb.size(2)),
        blue(green + rgb.size(1) * rgb.size(2)),
        width(rgb.size(2)) {}

  const float* red;
  const float* green;
  const float* blue;
  std::int64_t width;
};

/// To an integer, halves to even, for 0 <= value < 2^22: float has no fractions above 2^23.
float round_half_even(float value) {
  constexpr float kNoFractions = 0x1.8p23f;
  return (value + kNoFractions) - kNoFractions;
}

/// The luma of each pixel by `rule(r, g, b)`, rounded half to even.
template <class Rule>
LumaPlane luma_by(const torch::Tensor& rgb, std::int64_t height, std::int64_t width,
                  const Rule& rule) {
  const torch::Tensor planes = rgb.detach().contiguous();
  const Channels channels(planes);
  LumaPlane luma(height, width);
  for (std::int64_t y = 0; y < height; ++y) {
    double* const out = luma.row(y);
    const std::int64_t first = y * channels.width;
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t at = first + x;
      out[x] = static_cast<double>(
          round_half_even(rule(channels.red[at], channels.green[at], channels.blue[at])));
    }
  }
  return luma;
}

/// Index with the edge repeated: -1 is 0, -2 is 1, n is n - 1.
std::int64_t mirrored(std::int64_t index, std::int64_t count) {
  while (index < 0 || index >= count) index = index < 0 ? -index - 1 : 2 * count - 1 - index;
  return index;
}

/// The plane divided by `divisor`, in float32.
LumaPlane in_units_of(const LumaPlane& plane, double divisor) {
  LumaPlane unit(plane.height, plane.width);
  for (std::size_t i = 0; i < unit.samples.size(); ++i) {
    unit.samples[i] = static_cast<double>(static_cast<float>(plane.samples[i] / divisor));
  }
  return unit;
}

/// One output row from the eight input rows around it.
void halve_across(const LumaPlane& plane, std::int64_t y, double* out) {
  std::array<const double*, 2 * kReach> rows{};
  for (std::int64_t i = 0; i < 2 * kReach; ++i) {
    rows[i] = plane.row(mirrored(2 * y + 1 - kReach + i, plane.height));
  }
  for (std::int64_t x = 0; x < plane.width; ++x) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < kReach; ++i) {
      sum += kHalfTaps[i] * (rows[kReach - 1 - i][x] + rows[kReach + i][x]);
    }
    out[x] = static_cast<double>(static_cast<float>(sum));
  }
}

/// `in` has kReach samples before its first and after its last.
void halve_along(const double* in, std::int64_t out_width, double* out) {
  for (std::int64_t x = 0; x < out_width; ++x) {
    const double* const centre = in + 2 * x;
    double sum = 0.0;
    for (std::int64_t i = 0; i < kReach; ++i) {
      sum += kHalfTaps[i] * (centre[-i] + centre[1 + i]);
    }
    out[x] = static_cast<double>(static_cast<float>(sum));
  }
}

}  // namespace

void check_scene(const torch::Tensor& rgb, const char* metric, std::int64_t smallest_px) {
  TORCH_CHECK(rgb.defined() && rgb.dim() == 3 && rgb.size(0) == 3 &&
                  rgb.scalar_type() == torch::kFloat32 && rgb.device().is_cpu(),
              metric, " needs a float32 picture [3, H, W] on the CPU, but it was given ",
              rgb.defined() ? rgb.toString() : std::string("an undefined tensor"), " ",
              rgb.defined() ? rgb.sizes() : torch::IntArrayRef());
  TORCH_CHECK(rgb.size(1) >= smallest_px && rgb.size(2) >= smallest_px, metric, " needs at least ",
              smallest_px, "x", smallest_px, " pixels, but the picture has ", rgb.size(2), "x",
              rgb.size(1));
  const torch::Tensor planes = rgb.detach().contiguous();
  const float* const samples = planes.const_data_ptr<float>();
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < planes.numel(); ++i) {
    wrong += samples[i] >= 0.0f && samples[i] <= 1.0f ? 0 : 1;
  }
  TORCH_CHECK(wrong == 0, metric, " needs samples from 0 to 1, but ", wrong, " of ", planes.numel(),
              " lie outside or are not a number");
}

void check_not_flat(const LumaPlane& luma, const char* metric) {
  const auto [least, most] = std::minmax_element(luma.samples.begin(), luma.samples.end());
  TORCH_CHECK(*least < *most, metric,
              " is not defined for a picture of one brightness, but all of its ", luma.width, "x",
              luma.height, " pixels have luma ", *least);
}

LumaPlane rounded_full_range_luma(const torch::Tensor& rgb, std::int64_t height,
                                  std::int64_t width) {
  return luma_by(rgb, height, width, [](float r, float g, float b) {
    return ((r * 0.299f + g * 0.587f) + b * 0.114f) * 255.0f;
  });
}

LumaPlane rounded_basicsr_luma(const torch::Tensor& rgb, std::int64_t height, std::int64_t width) {
  return luma_by(rgb, height, width, [](float r, float g, float b) {
    const double y = 24.966 * static_cast<double>(b) + 128.553 * static_cast<double>(g) +
                     65.481 * static_cast<double>(r) + 16.0;
    return static_cast<float>(y / 255.0) * 255.0f;
  });
}

LumaPlane halved(const LumaPlane& plane, double divisor) {
  const LumaPlane unit = in_units_of(plane, divisor);
  LumaPlane out((plane.height + 1) / 2, (plane.width + 1) / 2);
  std::vector<double> line(static_cast<std::size_t>(plane.width + 2 * kReach));
  double* const first = line.data() + kReach;
  for (std::int64_t y = 0; y < out.height; ++y) {
    halve_across(unit, y, first);
    for (std::int64_t i = 1; i <= kReach; ++i) {
      first[-i] = first[mirrored(-i, plane.width)];
      first[plane.width - 1 + i] = first[mirrored(plane.width - 1 + i, plane.width)];
    }
    halve_along(first, out.width, out.row(y));
  }
  return out;
}

}  // namespace vcisr::metrics
