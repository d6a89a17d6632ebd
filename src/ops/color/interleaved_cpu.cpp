// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include <ATen/Parallel.h>

#include "ops/color/color_ops.h"
#include "ops/color/planes.h"

namespace vcisr::ops::detail {
namespace {

constexpr std::size_t kMostChannels = 4;

template <class S>
constexpr float kMost = for_samples<S>(255.0f, 65535.0f);

// Calls work(y, rows of the planes) for each row, on all threads.
template <class T, class Work>
void for_each_row(T* data, const torch::Tensor& planar, const Work& work) {
  const std::int64_t rows = planar.size(1);
  const std::int64_t cols = planar.size(2);
  at::parallel_for(0, rows, rows_per_task(cols), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t y = first; y < last; ++y) {
      std::array<T*, kMostChannels> planes{};
      for (std::int64_t c = 0; c < planar.size(0); ++c) {
        planes[static_cast<std::size_t>(c)] = data + (c * rows + y) * cols;
      }
      work(y, planes.data());
    }
  });
}

template <class S>
void to_float(const torch::Tensor& samples, const torch::Tensor& planar) {
  const auto split = for_samples<S>(row_kernels().split_u8, row_kernels().split_u16);
  const auto* const in = samples.const_data_ptr<S>();
  for_each_row(planar.mutable_data_ptr<float>(), planar, [&](std::int64_t y, float* const* planes) {
    split(in + y * samples.stride(0), static_cast<int>(planar.size(0)), 1.0f / kMost<S>,
          planar.size(2), planes);
  });
}

template <class S>
void from_float(const torch::Tensor& planar, const torch::Tensor& samples) {
  const auto merge = for_samples<S>(row_kernels().merge_u8, row_kernels().merge_u16);
  auto* const out = samples.mutable_data_ptr<S>();
  for_each_row(planar.const_data_ptr<float>(), planar,
               [&](std::int64_t y, const float* const* planes) {
                 merge(planes, static_cast<int>(planar.size(0)), kMost<S>, planar.size(2),
                       out + y * samples.stride(0));
               });
}

}  // namespace

void interleaved_to_float_cpu(const torch::Tensor& samples, const torch::Tensor& planar) {
  const bool is_u8 = samples.scalar_type() == torch::kUInt8;
  (is_u8 ? to_float<std::uint8_t> : to_float<std::uint16_t>)(samples, planar);
}

void float_to_interleaved_cpu(const torch::Tensor& planar, const torch::Tensor& samples) {
  const bool is_u8 = samples.scalar_type() == torch::kUInt8;
  (is_u8 ? from_float<std::uint8_t> : from_float<std::uint16_t>)(planar, samples);
}

}  // namespace vcisr::ops::detail
