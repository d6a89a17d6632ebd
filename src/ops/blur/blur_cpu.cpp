// SPDX-License-Identifier: Apache-2.0
#include "ops/blur/blur_cpu.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "ops/blur/cpu_kernels.h"
#include "ops/instruction_set.h"
#include "ops/row_kernels/scratch.h"

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const BlurKernel blur_kernel_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const BlurKernel blur_kernel_avx2;
extern const BlurKernel blur_kernel_avx512;
#endif

BlurKernel blur_kernel() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(blur_kernel_baseline, blur_kernel_avx2, blur_kernel_avx512);
#else
  return blur_kernel_baseline;
#endif
}

std::int64_t reflected(std::int64_t i, std::int64_t n) {
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1);
  const std::int64_t within = ((i % period) + period) % period;
  return within < n ? within : period - within;
}

namespace {

/// Floats of a band's padded rows, unless kFewestBandRows need more: they stay in the second-level
/// cache.
constexpr std::int64_t kBandFloats = 192 * 1024;
constexpr std::int64_t kFewestBandRows = 64;

std::int64_t whole_padding(std::int64_t n) {
  return (n + kBlurPadding - 1) / kBlurPadding * kBlurPadding;
}

/// A row that `taps` taps can be read around each of whose `width` samples.
std::int64_t padded_width(std::int64_t width, std::int64_t taps) {
  return whole_padding(whole_padding(width) + taps - 1);
}

/// Rows begin .. end of one plane.
struct Band {
  const float* in;  ///< The whole plane.
  float* out;       ///< The whole plane.
  std::int64_t height, width;
  std::int64_t begin, end;
};

void pad_row(const float* row, std::int64_t width, std::int64_t radius, float* padded) {
  for (std::int64_t i = -radius; i < 0; ++i) padded[i + radius] = row[reflected(i, width)];
  std::copy_n(row, width, padded + radius);
  for (std::int64_t i = width; i < width + radius; ++i)
    padded[i + radius] = row[reflected(i, width)];
}

/// Rows first .. last of the plane, as the second pass wants them: padded, or filtered along.
void fill_rows(const Band& band, const BlurPlan& plan, BlurKernel kernel, std::int64_t first,
               std::int64_t last, float* rows, std::int64_t pitch, float* strip) {
  if (plan.across.empty()) {
    for (std::int64_t y = first; y < last; ++y) {
      pad_row(band.in + y * band.width, band.width, plan.width / 2, rows + (y - first) * pitch);
    }
    return;
  }
  const auto taps = static_cast<std::int64_t>(plan.across.size());
  const std::int64_t strip_pitch = padded_width(band.width, taps);
  const float* strip_rows[kBlurRows];
  for (std::int64_t r = 0; r < kBlurRows; ++r) strip_rows[r] = strip + r * strip_pitch;
  for (std::int64_t y = first; y < last; y += kBlurRows) {
    BlurGroup group{strip_rows, plan.across.data(), 1, taps, band.width, {}};
    for (std::int64_t r = 0; r < kBlurRows && y + r < last; ++r) {
      pad_row(band.in + (y + r) * band.width, band.width, taps / 2, strip + r * strip_pitch);
      group.out[r] = rows + (y + r - first) * pitch;
    }
    kernel(group);
  }
}

void blur_band(const Band& band, const BlurPlan& plan, BlurKernel kernel) {
  const std::int64_t radius = plan.height / 2;
  const std::int64_t groups = (band.end - band.begin + kBlurRows - 1) / kBlurRows;
  std::vector<const float*> rows(static_cast<std::size_t>(groups * kBlurRows + 2 * radius));
  std::int64_t first = band.height;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto y = reflected(band.begin - radius + static_cast<std::int64_t>(i), band.height);
    first = std::min(first, y);
    last = std::max(last, y + 1);
  }
  const std::int64_t pitch = padded_width(band.width, plan.width);
  const std::int64_t strip_floats =
      kBlurRows * padded_width(band.width, static_cast<std::int64_t>(plan.across.size()) | 1);
  Scratch scratch((last - first) * pitch + strip_floats, 2);
  float* const padded = scratch.take((last - first) * pitch);
  fill_rows(band, plan, kernel, first, last, padded, pitch, scratch.take(strip_floats));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto y = reflected(band.begin - radius + static_cast<std::int64_t>(i), band.height);
    rows[i] = padded + (y - first) * pitch;
  }
  BlurGroup group{nullptr, plan.weights.data(), plan.height, plan.width, band.width, {}};
  for (std::int64_t g = 0; g < groups; ++g) {
    group.rows = rows.data() + g * kBlurRows;
    for (std::int64_t r = 0; r < kBlurRows; ++r) {
      const std::int64_t y = band.begin + g * kBlurRows + r;
      group.out[r] = y < band.end ? band.out + y * band.width : nullptr;
    }
    kernel(group);
  }
}

}  // namespace

void blur_planes(const BlurPlanes& planes, const std::vector<BlurPlan>& plans) {
  const BlurKernel kernel = blur_kernel();
  const std::int64_t groups = (planes.height + kBlurRows - 1) / kBlurRows;  // Of one plane.
  at::parallel_for(0, planes.planes * groups, 1, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t plane = begin / groups;
      const std::int64_t group = begin % groups;
      const BlurPlan& plan = plans[static_cast<std::size_t>(plane / planes.planes_per_plan)];
      const std::int64_t band_rows =
          std::max(kFewestBandRows,
                   kBandFloats / padded_width(planes.width, plan.width) - plan.height - kBlurRows) /
          kBlurRows * kBlurRows;
      const std::int64_t count = std::min({end - begin, groups - group, band_rows / kBlurRows});
      const std::int64_t offset = plane * planes.height * planes.width;
      blur_band({planes.in + offset, planes.out + offset, planes.height, planes.width,
                 group * kBlurRows, std::min((group + count) * kBlurRows, planes.height)},
                plan, kernel);
      begin += count;
    }
  });
}

}  // namespace vcisr::ops::detail
