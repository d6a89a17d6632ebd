// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/Parallel.h>

#include "ops/color/color_ops.h"
#include "ops/color/color_params.h"
#include "ops/color/planes.h"
#include "ops/row_kernels/line_filter.h"
#include "ops/row_kernels/scratch.h"

namespace vcisr::ops::detail {
namespace {

PeriodicLine chroma_line(std::int64_t cols, std::int64_t chroma_cols, const PlanarFormat& format) {
  const int shift = format.chroma_shift_x;
  LinePhase phase;
  for (const Tap& tap : chroma_down_taps(chroma_offset_x(format.siting, shift), shift)) {
    phase.offset.push_back(static_cast<std::int32_t>(tap.offset));
    phase.weight.push_back(static_cast<float>(tap.weight));
  }
  return {cols, chroma_cols, 1 << shift, {phase}};
}

// One conversion: what all threads share.
template <class S>
struct Conversion {
  const RowKernels& kernels;
  ColorCoefficients<float> k;
  const float* red;
  SamplePlane<S> luma, cb, cr;
  PeriodicLine line;
  Taps taps_y;
  int shift_y;
};

// Chroma rows at full height and chroma width, as many as one output row needs: row y of the
// picture lies in slot y % size.
template <class S>
class ChromaRing {
 public:
  explicit ChromaRing(const Conversion<S>& conversion)
      : c_(conversion),
        size_(c_.taps_y.back().offset - c_.taps_y.front().offset + (1 << c_.shift_y)),
        scratch_(2 * (c_.luma.cols + 2 * c_.line.pad) + c_.line.scratch_floats() +
                     2 * size_ * c_.cb.cols + c_.cb.cols + c_.luma.cols,
                 2 * size_ + 5),
        cb_row_(scratch_.take(c_.luma.cols + 2 * c_.line.pad) + c_.line.pad),
        cr_row_(scratch_.take(c_.luma.cols + 2 * c_.line.pad) + c_.line.pad),
        work_(scratch_.take(c_.line.scratch_floats())),
        sum_(scratch_.take(c_.cb.cols)),
        unwanted_luma_(reinterpret_cast<S*>(scratch_.take(c_.luma.cols))) {
    for (std::int64_t i = 0; i < size_; ++i) {
      cb_.push_back(scratch_.take(c_.cb.cols));
      cr_.push_back(scratch_.take(c_.cb.cols));
    }
  }

  // Converts a row of the picture; its luma goes out only where `is_own`.
  void convert(std::int64_t y, bool is_own) {
    const float* const r = c_.red + y * c_.luma.cols;
    const std::int64_t area = c_.luma.rows * c_.luma.cols;
    for_samples<S>(c_.kernels.rgb_to_yuv_u8, c_.kernels.rgb_to_yuv_u16)(
        c_.k, r, r + area, r + 2 * area, c_.luma.cols, is_own ? c_.luma.row(y) : unwanted_luma_,
        cb_row_, cr_row_);
    const auto slot = static_cast<std::size_t>(y % size_);
    repeat_edges(cb_row_, c_.luma.cols, c_.line.pad);
    filter_line(c_.kernels, c_.line, cb_row_, work_, cb_[slot]);
    repeat_edges(cr_row_, c_.luma.cols, c_.line.pad);
    filter_line(c_.kernels, c_.line, cr_row_, work_, cr_[slot]);
  }

  void write(std::int64_t chroma_y) {
    write_plane(chroma_y, cb_, c_.cb);
    write_plane(chroma_y, cr_, c_.cr);
  }

 private:
  void write_plane(std::int64_t chroma_y, const std::vector<float*>& ring,
                   const SamplePlane<S>& plane) {
    rows_.clear();
    weights_.clear();
    for (const Tap& tap : c_.taps_y) {
      const std::int64_t y =
          std::clamp<std::int64_t>((chroma_y << c_.shift_y) + tap.offset, 0, c_.luma.rows - 1);
      rows_.push_back(ring[static_cast<std::size_t>(y % size_)]);
      weights_.push_back(static_cast<float>(tap.weight));
    }
    c_.kernels.weighted_sum(rows_.data(), weights_.data(), static_cast<int>(rows_.size()),
                            plane.cols, sum_);
    for_samples<S>(c_.kernels.quantize_u8, c_.kernels.quantize_u16)(
        sum_, 1.0f, c_.k.chroma_offset, c_.k.max_sample, plane.cols, plane.row(chroma_y));
  }

  const Conversion<S>& c_;
  std::int64_t size_;
  Scratch scratch_;
  float* cb_row_;
  float* cr_row_;
  float* work_;
  float* sum_;
  S* unwanted_luma_;
  std::vector<float*> cb_, cr_;
  std::vector<const float*> rows_;
  std::vector<float> weights_;
};

// Chroma rows first .. last - 1 and the luma rows under them. The rows above and below that the
// chroma filter needs are converted again by each band: bands share nothing.
template <class S>
void convert_band(const Conversion<S>& c, std::int64_t first, std::int64_t last) {
  ChromaRing<S> ring(c);
  const std::int64_t own_first = first << c.shift_y;
  const std::int64_t own_last = std::min(c.luma.rows, last << c.shift_y);
  std::int64_t next = std::max<std::int64_t>(0, own_first + c.taps_y.front().offset);
  for (std::int64_t chroma_y = first; chroma_y < last; ++chroma_y) {
    const std::int64_t block_end = (chroma_y + 1) << c.shift_y;
    const std::int64_t reach = (chroma_y << c.shift_y) + c.taps_y.back().offset + 1;
    const std::int64_t end = std::min(c.luma.rows, std::max(block_end, reach));
    for (; next < end; ++next) ring.convert(next, next >= own_first && next < own_last);
    ring.write(chroma_y);
  }
}

template <class S>
void rgb_to_yuv(const torch::Tensor& rgb, const PlanarFormat& format,
                const std::vector<torch::Tensor>& planes) {
  const auto cb = target_plane<S>(planes[1]);
  const Conversion<S> conversion{
      row_kernels(),
      to_float(color_coefficients(format)),
      rgb.const_data_ptr<float>(),
      target_plane<S>(planes[0]),
      cb,
      target_plane<S>(planes[2]),
      chroma_line(rgb.size(2), cb.cols, format),
      chroma_down_taps(chroma_offset_y(format.siting, format.chroma_shift_y),
                       format.chroma_shift_y),
      format.chroma_shift_y};
  at::parallel_for(0, cb.rows, rows_per_task(cb.cols), [&](std::int64_t first, std::int64_t last) {
    convert_band(conversion, first, last);
  });
}

template <class S>
void rgb_to_gray(const torch::Tensor& rgb, const PlanarFormat& format,
                 const std::vector<torch::Tensor>& planes) {
  const RowKernels& kernels = row_kernels();
  const auto k = to_float(color_coefficients(format));
  const auto luma = target_plane<S>(planes[0]);
  const auto* const red = rgb.const_data_ptr<float>();
  const std::int64_t area = luma.rows * luma.cols;
  at::parallel_for(0, luma.rows, rows_per_task(luma.cols),
                   [&](std::int64_t first, std::int64_t last) {
                     for (std::int64_t y = first; y < last; ++y) {
                       const float* const r = red + y * luma.cols;
                       for_samples<S>(kernels.rgb_to_yuv_u8, kernels.rgb_to_yuv_u16)(
                           k, r, r + area, r + 2 * area, luma.cols, luma.row(y), nullptr, nullptr);
                     }
                   });
}

template <class S>
void rgb_to_planes(const torch::Tensor& rgb, const PlanarFormat& format,
                   const std::vector<torch::Tensor>& planes) {
  const RowKernels& kernels = row_kernels();
  const auto k = to_float(color_coefficients(format));
  const std::int64_t rows = rgb.size(1);
  const std::int64_t cols = rgb.size(2);
  const auto* const in = rgb.const_data_ptr<float>();
  at::parallel_for(0, 3 * rows, rows_per_task(cols), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto plane = target_plane<S>(planes[static_cast<std::size_t>(i / rows)]);
      for_samples<S>(kernels.quantize_u8, kernels.quantize_u16)(
          in + i * cols, k.unit_to_luma, k.luma_offset, k.max_sample, cols, plane.row(i % rows));
    }
  });
}

template <class S>
void convert(const torch::Tensor& rgb, const PlanarFormat& format,
             const std::vector<torch::Tensor>& planes) {
  if (format.is_rgb) return rgb_to_planes<S>(rgb, format, planes);
  if (planes.size() == 1) return rgb_to_gray<S>(rgb, format, planes);
  rgb_to_yuv<S>(rgb, format, planes);
}

}  // namespace

void rgb_to_planar_cpu(const torch::Tensor& rgb, const PlanarFormat& format,
                       const std::vector<torch::Tensor>& planes) {
  if (format.bit_depth <= 8) {
    convert<std::uint8_t>(rgb, format, planes);
  } else {
    convert<std::uint16_t>(rgb, format, planes);
  }
}

}  // namespace vcisr::ops::detail
