// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/flicker.h"

#include <cmath>
#include <cstdint>
#include <type_traits>

#include <torch/torch.h>

#include "metrics/planes.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMetric = "flicker";

template <class T>
const T* row_of(const torch::Tensor& plane, std::int64_t y) {
  return plane.const_data_ptr<T>() + y * plane.stride(0);
}

/// The sum over one plane; in integers where samples are, which a row holds in 64 bits.
template <class T>
double sum_of_changes(const Planes& previous, const Planes& current) {
  using Sum = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;
  using Wide = std::conditional_t<std::is_integral_v<T>, std::int32_t, double>;
  double total = 0.0;
  for (std::int64_t y = 0; y < current.height(); ++y) {
    const T* const d0 = row_of<T>(previous.a, y);
    const T* const r0 = row_of<T>(previous.b, y);
    const T* const d1 = row_of<T>(current.a, y);
    const T* const r1 = row_of<T>(current.b, y);
    Sum sum = 0;
    for (std::int64_t x = 0; x < current.width(); ++x) {
      const Wide change = (static_cast<Wide>(d1[x]) - static_cast<Wide>(d0[x])) -
                          (static_cast<Wide>(r1[x]) - static_cast<Wide>(r0[x]));
      sum += std::abs(change);
    }
    total += static_cast<double>(sum);
  }
  return total;
}

double sum_of_changes(const Planes& previous, const Planes& current) {
  switch (current.a.scalar_type()) {
    case torch::kUInt8:
      return sum_of_changes<std::uint8_t>(previous, current);
    case torch::kUInt16:
      return sum_of_changes<std::uint16_t>(previous, current);
    case torch::kFloat32:
      return sum_of_changes<float>(previous, current);
    default:
      return sum_of_changes<double>(previous, current);
  }
}

}  // namespace

double flicker(const torch::Tensor& d_previous, const torch::Tensor& d,
               const torch::Tensor& r_previous, const torch::Tensor& r, double peak) {
  const Planes previous = compared_planes(kMetric, d_previous, r_previous, 1);
  const Planes current = compared_planes(kMetric, d, r, 1);
  check_pair(kMetric, d_previous, d, 2);
  const double count = static_cast<double>(d.numel());
  return finite(kMetric, sum_of_changes(previous, current)) / count * (255.0 / peak);
}

}  // namespace vcisr::metrics
