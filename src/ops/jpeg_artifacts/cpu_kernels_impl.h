// SPDX-License-Identifier: Apache-2.0
// The code behind jpeg_kernel(), included by one source per instruction set. Everything here has
// internal linkage, so that no object's code can stand in for another's.
#pragma once

#include "ops/jpeg_artifacts/cpu_kernels.h"
#include "ops/jpeg_artifacts/dct_8.h"
#include "ops/transpose_4x4.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;
using LaneBits = VectorOf<float>::Bits;

static_assert(kJpegLanes == kSideBySide);
constexpr int64_t kSide = 16;      // Of a macroblock.
constexpr int64_t kBlockSide = 8;  // Of what is transformed.
constexpr int64_t kBlockFloats = kBlockSide * kBlockSide * kJpegLanes;

/// The group's samples: of all 16 macroblocks side by side, pixel by pixel.
struct Samples {
  alignas(64) float luma[4][kBlockFloats];    // Left and right above, left and right below.
  alignas(64) float chroma[2][kBlockFloats];  // Cb, Cr
};

/// Two rows of pixels, all channels.
struct RowPair {
  alignas(64) float rows[3][2][kSide * kJpegLanes];
};

inline Lanes broadcast(float value) { return Lanes{} + value; }

inline Lanes within(const Lanes& x, float low, float high) {
  const Lanes above = x > broadcast(low) ? x : broadcast(low);
  return above < broadcast(high) ? above : broadcast(high);
}

/// To the nearest integer, half to even: of a sum with 2^23 no fraction remains.
inline Lanes rounded(const Lanes& x) {
  constexpr float kNoFraction = 8388608;
  LaneBits bits;
  std::memcpy(&bits, &x, sizeof(bits));
  const LaneBits sign = bits & static_cast<std::int32_t>(0x80000000);
  const LaneBits shift_bits = sign | 0x4b000000;  // +- 2^23
  const LaneBits size_bits = bits & 0x7fffffff;
  Lanes shift, size;
  std::memcpy(&shift, &shift_bits, sizeof(shift));
  std::memcpy(&size, &size_bits, sizeof(size));
  return size < broadcast(kNoFraction) ? (x + shift) - shift : x;
}

/// Eight samples, `step` floats apart.
inline void load_8(const float* from, int64_t step, Lanes (&x)[8]) {
#pragma GCC unroll 8
  for (int64_t i = 0; i < 8; ++i) x[i] = load<float>(from + i * step);
}

inline void store_8(float* to, int64_t step, const Lanes (&x)[8]) {
#pragma GCC unroll 8
  for (int64_t i = 0; i < 8; ++i) store<float>(to + i * step, x[i]);
}

/// One block of each macroblock, in place.
void quantize_block(float* block, const float* steps) {
  constexpr int64_t kRow = kBlockSide * kJpegLanes;
  Lanes x[8];
  for (int64_t i = 0; i < kRow; i += kLanes<float>) {
    load_8(block + i, kRow, x);
    transform(x);
    store_8(block + i, kRow, x);
  }
  for (int64_t u = 0; u < kBlockSide; ++u) {
    for (int64_t i = 0; i < kJpegLanes; i += kLanes<float>) {
      float* const row = block + u * kRow + i;
      load_8(row, kJpegLanes, x);
      transform(x);
#pragma GCC unroll 8
      for (int64_t v = 0; v < kBlockSide; ++v) {
        const Lanes step = broadcast(steps[kBlockSide * u + v]);
        x[v] = rounded(x[v] / step) * step;
      }
      transform_back(x);
      store_8(row, kJpegLanes, x);
    }
  }
  for (int64_t i = 0; i < kRow; i += kLanes<float>) {
    load_8(block + i, kRow, x);
    transform_back(x);
    store_8(block + i, kRow, x);
  }
}

/// Where row y (of 16), column x (of 16) of the luma lies.
inline float* luma_at(Samples& samples, int64_t y, int64_t x) {
  const int64_t block = y / kBlockSide * 2 + x / kBlockSide;
  return samples.luma[block] + (y % kBlockSide * kBlockSide + x % kBlockSide) * int64_t{kJpegLanes};
}

inline float* chroma_at(Samples& samples, int component, int64_t y, int64_t x) {
  return samples.chroma[component] + (y * kBlockSide + x) * kJpegLanes;
}

/// Rows 2 pair and 2 pair + 1, centred at 0.
void to_ycbcr(const RowPair& pixels, int64_t pair, Samples& samples) {
  constexpr float kMost = 255;
  for (int64_t x = 0; x < kSide; x += 2) {
    for (int64_t i = 0; i < kJpegLanes; i += kLanes<float>) {
      Lanes sum[3] = {};
#pragma GCC unroll 4
      for (int64_t k = 0; k < 4; ++k) {
        const int64_t row = k / 2;
        const int64_t column = x + k % 2;
        Lanes rgb[3];
#pragma GCC unroll 3
        for (int c = 0; c < 3; ++c) {
          rgb[c] = within(load<float>(pixels.rows[c][row] + column * kJpegLanes + i), 0, 1);
          sum[c] += rgb[c];
        }
        store<float>(luma_at(samples, 2 * pair + row, column) + i,
                     rgb[0] * (0.299f * kMost) + rgb[1] * (0.587f * kMost) +
                         rgb[2] * (0.114f * kMost) - 128.0f);
      }
      store<float>(chroma_at(samples, 0, pair, x / 2) + i, sum[2] * (0.5f * kMost / 4) -
                                                               sum[0] * (0.168736f * kMost / 4) -
                                                               sum[1] * (0.331264f * kMost / 4));
      store<float>(chroma_at(samples, 1, pair, x / 2) + i, sum[0] * (0.5f * kMost / 4) -
                                                               sum[1] * (0.418688f * kMost / 4) -
                                                               sum[2] * (0.081312f * kMost / 4));
    }
  }
}

void to_rgb(Samples& samples, int64_t pair, RowPair& pixels) {
  constexpr float kUnit = 1.0f / 255;
  for (int64_t x = 0; x < kSide; x += 2) {
    for (int64_t i = 0; i < kJpegLanes; i += kLanes<float>) {
      const Lanes cb = load<float>(chroma_at(samples, 0, pair, x / 2) + i);
      const Lanes cr = load<float>(chroma_at(samples, 1, pair, x / 2) + i);
      const Lanes shift[3] = {cr * (1.402f * kUnit),
                              cb * (-0.344136f * kUnit) - cr * (0.714136f * kUnit),
                              cb * (1.772f * kUnit)};
#pragma GCC unroll 4
      for (int64_t k = 0; k < 4; ++k) {
        const int64_t row = k / 2;
        const int64_t column = x + k % 2;
        const Lanes luma =
            load<float>(luma_at(samples, 2 * pair + row, column) + i) * kUnit + 128.0f * kUnit;
#pragma GCC unroll 3
        for (int c = 0; c < 3; ++c) {
          store<float>(pixels.rows[c][row] + column * kJpegLanes + i,
                       within(luma + shift[c], 0, 1));
        }
      }
    }
  }
}

void jpeg_group(const JpegGroup& group) {
  Samples samples;
  RowPair pixels;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int c = 0; c < 3; ++c) {
      const float* rows[kJpegLanes];
      for (int j = 0; j < kJpegLanes; ++j) rows[j] = group.in[c][j] + y * group.in_stride[j];
      columns_of_16(rows, kSide, pixels.rows[c][y % 2]);
    }
    if (y % 2 == 1) to_ycbcr(pixels, y / 2, samples);
  }
  for (auto& block : samples.luma) quantize_block(block, group.luma_steps);
  for (auto& block : samples.chroma) quantize_block(block, group.chroma_steps);
  for (int64_t y = 0; y < kSide; ++y) {
    if (y % 2 == 0) to_rgb(samples, y / 2, pixels);
    for (int c = 0; c < 3; ++c) {
      float* rows[kJpegLanes];
      for (int j = 0; j < kJpegLanes; ++j) rows[j] = group.out[c][j] + y * group.out_stride[j];
      rows_of_16(pixels.rows[c][y % 2], kSide, kJpegLanes, rows);
    }
  }
}

}  // namespace

extern const JpegKernel VCISR_JPEG_KERNEL;
const JpegKernel VCISR_JPEG_KERNEL = &jpeg_group;

}  // namespace vcisr::ops::detail
