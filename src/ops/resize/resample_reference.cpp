// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "ops/resize/resample.h"

namespace vcisr::ops::detail {
namespace {

template <class T>
T tap_sum(const AxisTaps& taps, std::int64_t output, const T* samples, std::int64_t step) {
  T sum = 0;
  const auto last = static_cast<std::size_t>(taps.begin[static_cast<std::size_t>(output) + 1]);
  for (auto k = static_cast<std::size_t>(taps.begin[static_cast<std::size_t>(output)]); k < last;
       ++k) {
    sum += static_cast<T>(taps.weight[k]) * samples[taps.index[k] * step];
  }
  return sum;
}

}  // namespace

template <class T>
void resample_reference(const PlaneView<const T>& in, const PlaneView<T>& out,
                        const AxisTaps& vertical, const AxisTaps& horizontal,
                        std::int64_t first_row, std::int64_t last_row) {
  std::vector<T> row(static_cast<std::size_t>(in.cols));
  for (std::int64_t y = first_row; y < last_row; ++y) {
    for (std::int64_t x = 0; x < in.cols; ++x) {
      row[static_cast<std::size_t>(x)] = tap_sum(vertical, y, in.data + x, in.stride);
    }
    for (std::int64_t x = 0; x < out.cols; ++x) {
      out.data[y * out.stride + x] = tap_sum(horizontal, x, row.data(), 1);
    }
  }
}

template void resample_reference(const PlaneView<const float>&, const PlaneView<float>&,
                                 const AxisTaps&, const AxisTaps&, std::int64_t, std::int64_t);
template void resample_reference(const PlaneView<const double>&, const PlaneView<double>&,
                                 const AxisTaps&, const AxisTaps&, std::int64_t, std::int64_t);

}  // namespace vcisr::ops::detail
