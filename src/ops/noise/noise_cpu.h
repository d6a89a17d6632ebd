// SPDX-License-Identifier: Apache-2.0
// Whole fields and pictures on the CPU. Threads: at::parallel_for; the number of threads never
// changes a bit. No tensors.
#pragma once

#include <cstdint>

#include "ops/noise/philox.h"
#include "vcisr/ops/channel_order.h"

namespace vcisr::ops::detail {

/// out[i] = normal number i of the field, i < n.
void fill_normals(const NoiseSource& source, std::int64_t n, float* out);

/// out[i] = Poisson count i of the field at the rate level / 255 * 2^log2_v, i < n.
void fill_poisson_counts(const NoiseSource& source, int log2_v, const std::uint8_t* levels,
                         std::int64_t n, std::uint16_t* out);

/// Three planes, one after the other, of `pixels` each.
struct NoisePicture {
  const float* in;
  float* out;  ///< Elsewhere.
  std::int64_t pixels;
};

/// The levels of the three planes, or of the gray picture [pixels]; returns log2 V.
[[nodiscard]] int picture_levels(const float* in, std::int64_t pixels, std::uint8_t* out);
[[nodiscard]] int gray_picture_levels(const float* in, std::int64_t pixels, ChannelOrder order,
                                      std::uint8_t* out);

/// log2 of V for levels [n].
[[nodiscard]] int log2_rate_scale(const std::uint8_t* levels, std::int64_t n);

/// out = limited(in + scale * normal number, 0, 1).
void add_normals(const NoisePicture& picture, const NoiseSource& source, float scale);

/// out = limited(in + scale * (count / V - level / 255), 0, 1).
void add_poisson(const NoisePicture& picture, const NoiseSource& source, float scale, int log2_v,
                 const std::uint8_t* levels);

}  // namespace vcisr::ops::detail
