// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "ops/color/color_ops.h"
#include "ops/color/color_params.h"

namespace vcisr::ops::detail {
namespace {

double sample_at(const torch::Tensor& plane, std::int64_t y, std::int64_t x) {
  y = std::clamp<std::int64_t>(y, 0, plane.size(0) - 1);
  x = std::clamp<std::int64_t>(x, 0, plane.size(1) - 1);
  const std::int64_t at = y * plane.stride(0) + x;
  return plane.scalar_type() == torch::kUInt8 ? plane.const_data_ptr<std::uint8_t>()[at]
                                              : plane.const_data_ptr<std::uint16_t>()[at];
}

void store(const torch::Tensor& plane, std::int64_t y, std::int64_t x, double value, double most) {
  const std::int64_t at = y * plane.stride(0) + x;
  const int sample = quantized(value, most);
  if (plane.scalar_type() == torch::kUInt8) {
    plane.mutable_data_ptr<std::uint8_t>()[at] = static_cast<std::uint8_t>(sample);
  } else {
    plane.mutable_data_ptr<std::uint16_t>()[at] = static_cast<std::uint16_t>(sample);
  }
}

double chroma_at(const torch::Tensor& plane, const PlanarFormat& format, std::int64_t y,
                 std::int64_t x) {
  const int sx = format.chroma_shift_x;
  const int sy = format.chroma_shift_y;
  const Taps taps_y = chroma_up_taps(chroma_offset_y(format.siting, sy),
                                     sy)[static_cast<std::size_t>(y & ((1 << sy) - 1))];
  const Taps taps_x = chroma_up_taps(chroma_offset_x(format.siting, sx),
                                     sx)[static_cast<std::size_t>(x & ((1 << sx) - 1))];
  double sum = 0;
  for (const Tap& v : taps_y) {
    for (const Tap& h : taps_x) {
      sum += v.weight * h.weight * sample_at(plane, (y >> sy) + v.offset, (x >> sx) + h.offset);
    }
  }
  return sum;
}

Pixel<double> yuv_at(const torch::Tensor& rgb, const ColorCoefficients<double>& k, std::int64_t y,
                     std::int64_t x) {
  y = std::clamp<std::int64_t>(y, 0, rgb.size(1) - 1);
  x = std::clamp<std::int64_t>(x, 0, rgb.size(2) - 1);
  const auto* at = rgb.const_data_ptr<double>() + y * rgb.size(2) + x;
  const std::int64_t plane = rgb.size(1) * rgb.size(2);
  return yuv_of_rgb(k, at[0], at[plane], at[2 * plane]);
}

}  // namespace

void planar_to_rgb_reference(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                             const torch::Tensor& rgb) {
  const auto k = color_coefficients(format);
  const std::int64_t plane = rgb.size(1) * rgb.size(2);
  for (std::int64_t y = 0; y < rgb.size(1); ++y) {
    for (std::int64_t x = 0; x < rgb.size(2); ++x) {
      auto* at = rgb.mutable_data_ptr<double>() + y * rgb.size(2) + x;
      Pixel<double> pixel{};
      if (format.is_rgb) {
        const auto unit = [&](std::size_t c) {
          return (sample_at(planes[c], y, x) - k.luma_offset) * k.luma_to_unit;
        };
        pixel = {unit(0), unit(1), unit(2)};
      } else {
        const bool is_gray = planes.size() == 1;
        const double cb = is_gray ? 0 : chroma_at(planes[1], format, y, x) - k.chroma_offset;
        const double cr = is_gray ? 0 : chroma_at(planes[2], format, y, x) - k.chroma_offset;
        pixel = rgb_of_yuv(k, sample_at(planes[0], y, x), cb, cr);
      }
      at[0] = pixel.a;
      at[plane] = pixel.b;
      at[2 * plane] = pixel.c;
    }
  }
}

void rgb_to_planar_reference(const torch::Tensor& rgb, const PlanarFormat& format,
                             const std::vector<torch::Tensor>& planes) {
  const auto k = color_coefficients(format);
  const std::int64_t area = rgb.size(1) * rgb.size(2);
  for (std::int64_t y = 0; y < rgb.size(1); ++y) {
    for (std::int64_t x = 0; x < rgb.size(2); ++x) {
      if (!format.is_rgb) {
        store(planes[0], y, x, yuv_at(rgb, k, y, x).a, k.max_sample);
        continue;
      }
      for (std::size_t c = 0; c < 3; ++c) {
        const double unit =
            rgb.const_data_ptr<double>()[static_cast<std::int64_t>(c) * area + y * rgb.size(2) + x];
        store(planes[c], y, x, unit * k.unit_to_luma + k.luma_offset, k.max_sample);
      }
    }
  }
  if (format.is_rgb || planes.size() == 1) return;
  const int sx = format.chroma_shift_x;
  const int sy = format.chroma_shift_y;
  const Taps taps_y = chroma_down_taps(chroma_offset_y(format.siting, sy), sy);
  const Taps taps_x = chroma_down_taps(chroma_offset_x(format.siting, sx), sx);
  for (std::int64_t y = 0; y < planes[1].size(0); ++y) {
    for (std::int64_t x = 0; x < planes[1].size(1); ++x) {
      double cb = k.chroma_offset;
      double cr = k.chroma_offset;
      for (const Tap& v : taps_y) {
        for (const Tap& h : taps_x) {
          const auto yuv = yuv_at(rgb, k, (y << sy) + v.offset, (x << sx) + h.offset);
          cb += v.weight * h.weight * yuv.b;
          cr += v.weight * h.weight * yuv.c;
        }
      }
      store(planes[1], y, x, cb, k.max_sample);
      store(planes[2], y, x, cr, k.max_sample);
    }
  }
}

}  // namespace vcisr::ops::detail
