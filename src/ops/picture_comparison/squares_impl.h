// SPDX-License-Identifier: Apache-2.0
// Part of cpu_kernels_impl.h.
#pragma once

#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

std::uint64_t sum_squares_8(const PlanePair<std::uint8_t>& planes) {
  // 32 bits hold the sum of that many squares below 65,026.
  constexpr int64_t kRun = 32768;
  std::uint64_t total = 0;
  for (int64_t y = 0; y < planes.height; ++y) {
    const std::uint8_t* const a = planes.a + y * planes.a_pitch;
    const std::uint8_t* const b = planes.b + y * planes.b_pitch;
    for (int64_t begin = 0; begin < planes.width; begin += kRun) {
      const int64_t end = begin + kRun < planes.width ? begin + kRun : planes.width;
      std::int32_t sum = 0;
      for (int64_t x = begin; x < end; ++x) {
        const auto difference = static_cast<std::int16_t>(a[x] - b[x]);
        sum += difference * difference;
      }
      total += static_cast<std::uint32_t>(sum);
    }
  }
  return total;
}

std::uint64_t sum_squares_16(const PlanePair<std::uint16_t>& planes) {
  std::uint64_t total = 0;
  for (int64_t y = 0; y < planes.height; ++y) {
    const std::uint16_t* const a = planes.a + y * planes.a_pitch;
    const std::uint16_t* const b = planes.b + y * planes.b_pitch;
    std::uint64_t sum = 0;
    for (int64_t x = 0; x < planes.width; ++x) {
      const std::int32_t difference = static_cast<std::int32_t>(a[x]) - b[x];
      // Right modulo 2^32, which holds the square of 65,535.
      const std::uint32_t root = static_cast<std::uint32_t>(difference);
      sum += root * root;
    }
    total += sum;
  }
  return total;
}

double sum_squares_float(const PlanePair<float>& planes) {
  constexpr int64_t kStep = kLanes<double>;
  typedef float Narrow __attribute__((vector_size(VCISR_VECTOR_BYTES / 2)));
  double total = 0;
  for (int64_t y = 0; y < planes.height; ++y) {
    const float* const a = planes.a + y * planes.a_pitch;
    const float* const b = planes.b + y * planes.b_pitch;
    Vector<double> sums = {};
    int64_t x = 0;
    for (; x + kStep <= planes.width; x += kStep) {
      Narrow left, right;
      std::memcpy(&left, a + x, sizeof(left));
      std::memcpy(&right, b + x, sizeof(right));
      const Vector<double> difference = __builtin_convertvector(left, Vector<double>) -
                                        __builtin_convertvector(right, Vector<double>);
      sums += difference * difference;
    }
    for (; x < planes.width; ++x) {
      const double difference = static_cast<double>(a[x]) - static_cast<double>(b[x]);
      total += difference * difference;
    }
    total += sum_of_lanes<double>(sums);
  }
  return total;
}

}  // namespace
}  // namespace vcisr::ops::detail
