// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>

#include "ops/color/color_ops.h"
#include "ops/color/color_params.h"
#include "ops/color/planes.h"
#include "ops/row_kernels/line_filter.h"
#include "ops/row_kernels/scratch.h"

namespace vcisr::ops::detail {
namespace {

constexpr std::size_t kMostVerticalTaps = 4;

// Weighted rows of one vertical phase.
struct RowPhase {
  std::vector<std::int64_t> offset;
  std::vector<float> weight;
};

PeriodicLine chroma_line(std::int64_t chroma_cols, std::int64_t cols, const PlanarFormat& format) {
  const int shift = format.chroma_shift_x;
  std::vector<LinePhase> phases;
  for (const Taps& taps : chroma_up_taps(chroma_offset_x(format.siting, shift), shift)) {
    LinePhase& phase = phases.emplace_back();
    for (const Tap& tap : taps) {
      phase.offset.push_back(static_cast<std::int32_t>(tap.offset));
      phase.weight.push_back(static_cast<float>(tap.weight));
    }
  }
  return {chroma_cols, cols, 1, std::move(phases)};
}

std::vector<RowPhase> chroma_rows(const PlanarFormat& format) {
  const int shift = format.chroma_shift_y;
  std::vector<RowPhase> phases;
  for (const Taps& taps : chroma_up_taps(chroma_offset_y(format.siting, shift), shift)) {
    RowPhase& phase = phases.emplace_back();
    for (const Tap& tap : taps) {
      phase.offset.push_back(tap.offset);
      phase.weight.push_back(static_cast<float>(tap.weight));
    }
  }
  return phases;
}

// Chroma of one luma row: between the rows first, then along the row.
template <class S>
void chroma_row(const RowKernels& kernels, const SamplePlane<const S>& plane, const RowPhase& phase,
                std::int64_t chroma_y, const PeriodicLine& line, float* row, float* work,
                float* out) {
  std::array<const S*, kMostVerticalTaps> rows;
  for (std::size_t k = 0; k < phase.offset.size(); ++k) {
    rows[k] = plane.row(std::clamp<std::int64_t>(chroma_y + phase.offset[k], 0, plane.rows - 1));
  }
  for_samples<S>(kernels.weighted_sum_u8, kernels.weighted_sum_u16)(
      rows.data(), phase.weight.data(), static_cast<int>(phase.offset.size()), plane.cols, row);
  repeat_edges(row, plane.cols, line.pad);
  filter_line(kernels, line, row, work, out);
}

template <class S>
void yuv_to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                const torch::Tensor& rgb) {
  const RowKernels& kernels = row_kernels();
  const auto k = to_float(color_coefficients(format));
  const auto luma = source_plane<S>(planes[0]);
  const auto cb = source_plane<S>(planes[1]);
  const auto cr = source_plane<S>(planes[2]);
  const PeriodicLine line = chroma_line(cb.cols, luma.cols, format);
  const std::vector<RowPhase> phases = chroma_rows(format);
  auto* const red = rgb.mutable_data_ptr<float>();
  const std::int64_t area = luma.rows * luma.cols;
  const int shift = format.chroma_shift_y;
  at::parallel_for(
      0, luma.rows, rows_per_task(luma.cols), [&](std::int64_t first, std::int64_t last) {
        Scratch scratch(cb.cols + 2 * line.pad + line.scratch_floats() + 2 * luma.cols, 4);
        float* const row = scratch.take(cb.cols + 2 * line.pad) + line.pad;
        float* const work = scratch.take(line.scratch_floats());
        float* const cb_row = scratch.take(luma.cols);
        float* const cr_row = scratch.take(luma.cols);
        for (std::int64_t y = first; y < last; ++y) {
          const RowPhase& phase = phases[static_cast<std::size_t>(y & ((1 << shift) - 1))];
          chroma_row(kernels, cb, phase, y >> shift, line, row, work, cb_row);
          chroma_row(kernels, cr, phase, y >> shift, line, row, work, cr_row);
          float* const r = red + y * luma.cols;
          for_samples<S>(kernels.yuv_to_rgb_u8, kernels.yuv_to_rgb_u16)(
              k, luma.row(y), cb_row, cr_row, luma.cols, r, r + area, r + 2 * area);
        }
      });
}

// Gray into three equal channels, or R, G, B each into its own.
template <class S>
void planes_to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                   const torch::Tensor& rgb) {
  const RowKernels& kernels = row_kernels();
  const auto k = to_float(color_coefficients(format));
  const std::int64_t rows = rgb.size(1);
  const std::int64_t cols = rgb.size(2);
  auto* const out = rgb.mutable_data_ptr<float>();
  at::parallel_for(0, 3 * rows, rows_per_task(cols), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto plane = source_plane<S>(
          planes.size() == 1 ? planes[0] : planes[static_cast<std::size_t>(i / rows)]);
      for_samples<S>(kernels.to_float_u8, kernels.to_float_u16)(
          plane.row(i % rows), k.luma_offset, k.luma_to_unit, cols, out + i * cols);
    }
  });
}

}  // namespace

void planar_to_rgb_cpu(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                       const torch::Tensor& rgb) {
  const bool is_yuv = planes.size() == 3 && !format.is_rgb;
  if (format.bit_depth <= 8) {
    (is_yuv ? yuv_to_rgb<std::uint8_t> : planes_to_rgb<std::uint8_t>)(planes, format, rgb);
  } else {
    (is_yuv ? yuv_to_rgb<std::uint16_t> : planes_to_rgb<std::uint16_t>)(planes, format, rgb);
  }
}

}  // namespace vcisr::ops::detail
