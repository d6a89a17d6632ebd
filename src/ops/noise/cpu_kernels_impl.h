// SPDX-License-Identifier: Apache-2.0
// The code behind noise_kernels(), included by one source per instruction set. Everything here has
// internal linkage, so that no object's code can stand in for another's. Compiled without fused
// multiply-add, and without libm.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "ops/noise/cpu_kernels.h"
#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

typedef std::uint64_t WideBits __attribute__((vector_size(VCISR_VECTOR_BYTES)));

template <class To, class From>
inline To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

/// Products of the lower halves of 64-bit lanes.
inline WideBits multiply_halves(const WideBits& a, const WideBits& b) {
#if defined(__SSE2__) && VCISR_VECTOR_BYTES == 64
  return same_bits<WideBits>(_mm512_mul_epu32(same_bits<__m512i>(a), same_bits<__m512i>(b)));
#elif defined(__SSE2__) && VCISR_VECTOR_BYTES == 32
  return same_bits<WideBits>(_mm256_mul_epu32(same_bits<__m256i>(a), same_bits<__m256i>(b)));
#elif defined(__SSE2__)
  return same_bits<WideBits>(_mm_mul_epu32(same_bits<__m128i>(a), same_bits<__m128i>(b)));
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

inline Vector<float> square_root(const Vector<float>& v) {
#if defined(__SSE2__) && VCISR_VECTOR_BYTES == 64
  return same_bits<Vector<float>>(_mm512_sqrt_ps(same_bits<__m512>(v)));
#elif defined(__SSE2__) && VCISR_VECTOR_BYTES == 32
  return same_bits<Vector<float>>(_mm256_sqrt_ps(same_bits<__m256>(v)));
#elif defined(__SSE2__)
  return same_bits<Vector<float>>(_mm_sqrt_ps(same_bits<__m128>(v)));
#else
  Vector<float> root;
  for (int64_t i = 0; i < kLanes<float>; ++i) root[i] = __builtin_sqrtf(v[i]);
  return root;
#endif
}

/// Four words of every second block, in the lower halves of 64-bit lanes; what is above is noise.
struct HalfBlocks {
  WideBits c0, c1, c2, c3;
};

/// kLanes<float> neighbouring blocks: word p of them is words[p].
struct Blocks {
  FloatBits words[4];
};

inline HalfBlocks counters(const WideBits& block, NoiseStream stream) {
  return {block, block >> 32, WideBits{} + static_cast<std::uint32_t>(stream),
          WideBits{} + kNoiseCounter};
}

inline void add_round(HalfBlocks& b, const WideBits& key0, const WideBits& key1) {
  const WideBits product0 = multiply_halves(b.c0, WideBits{} + kPhiloxMultiplier0);
  const WideBits product1 = multiply_halves(b.c2, WideBits{} + kPhiloxMultiplier1);
  b = {(product1 >> 32) ^ b.c1 ^ key0, product1, (product0 >> 32) ^ b.c3 ^ key1, product0};
}

inline FloatBits zip_halves(const WideBits& even, const WideBits& odd) {
  return same_bits<FloatBits>((even & 0xffffffffu) | (odd << 32));
}

inline Blocks blocks_from(const NoiseSource& source, std::uint64_t first) {
  constexpr std::uint64_t kEven[8] = {0, 2, 4, 6, 8, 10, 12, 14};
  WideBits number;
  std::memcpy(&number, kEven, sizeof(number));
  number += first;
  HalfBlocks even = counters(number, source.stream);
  HalfBlocks odd = counters(number + 1, source.stream);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const WideBits key0 = WideBits{} + source.keys.first[round];
    const WideBits key1 = WideBits{} + source.keys.second[round];
    add_round(even, key0, key1);
    add_round(odd, key0, key1);
  }
  return {{zip_halves(even.c0, odd.c0), zip_halves(even.c1, odd.c1), zip_halves(even.c2, odd.c2),
           zip_halves(even.c3, odd.c3)}};
}

/// sqrt(-2 ln(m / 2^31)), m = floor(word / 2) + 0.5 in float32.
inline Vector<float> radius(const FloatBits& word) {
  constexpr std::uint32_t kRootOfHalf = 0x3f3504f3u;
  using Bits = VectorOf<float>::Bits;
  const auto number =
      __builtin_convertvector(same_bits<Bits>(word >> 1), Vector<float>) + 0.5f;  // 0.5 … 2^31
  const FloatBits offset = same_bits<FloatBits>(number) - kRootOfHalf;
  const Bits exponent = (same_bits<Bits>(offset) >> 23) - 31;
  const auto mantissa = same_bits<Vector<float>>((offset & 0x7fffffu) + kRootOfHalf);
  // -2 ln(1 + f) = f^2 - 2 f + f^3 p(f), f = sqrt(1/2) - 1 … sqrt(2) - 1, relative error 6e-9.
  const Vector<float> f = mantissa - 1.0f;
  Vector<float> p = f * 0.15268994f - 0.25523152f;
  p = p * f + 0.26320366f;
  p = p * f - 0.28403514f;
  p = p * f + 0.33246714f;
  p = p * f - 0.40002454f;
  p = p * f + 0.5000164f;
  p = p * f - 0.6666666f;
  const Vector<float> ff = f * f;
  const Vector<float> of_mantissa = (f * ff * p + ff) - (f + f);
  return square_root(__builtin_convertvector(exponent, Vector<float>) * -1.38629436f + of_mantissa);
}

/// Two normal numbers from two words.
inline void normal_pair(const FloatBits& word0, const FloatBits& word1, Vector<float>& first,
                        Vector<float>& second) {
  constexpr float kQuarterPi = 0.785398163f;
  using Bits = VectorOf<float>::Bits;
  const Vector<float> angle =
      __builtin_convertvector(same_bits<Bits>(word1 << 2), Vector<float>) * (kQuarterPi * 0x1p-31f);
  const Vector<float> aa = angle * angle;
  Vector<float> p = (aa * -0.00019515218f + 0.00833216f) * aa - 0.16666655f;
  const Vector<float> sine = angle + angle * aa * p;
  p = (aa * 2.4433082e-05f - 0.0013887315f) * aa + 0.041666646f;
  const Vector<float> cosine = (aa * aa * p - aa * 0.5f) + 1.0f;
  const Vector<float> r = radius(word0);
  const auto sign = word1 & 0x80000000u;
  const auto x = same_bits<FloatBits>(r * cosine) ^ sign;
  const auto y = same_bits<FloatBits>(r * sine) ^ sign;
  const FloatBits is_exchanged = same_bits<FloatBits>(same_bits<Bits>(word1 << 1) >> 31);
  const FloatBits difference = (x ^ y) & is_exchanged;
  first = same_bits<Vector<float>>(x ^ difference);
  second = same_bits<Vector<float>>(y ^ difference);
}

void words(const NoiseSource& source, int64_t first_group, int64_t groups, std::uint32_t* out) {
  for (int64_t group = first_group; group < first_group + groups; ++group, out += kNoiseGroup) {
    for (int64_t lane = 0; lane < kGroupBlocks; lane += kLanes<float>) {
      const auto blocks =
          blocks_from(source, static_cast<std::uint64_t>(group * kGroupBlocks + lane));
      for (int part = 0; part < 4; ++part) {
        std::memcpy(out + part * kGroupBlocks + lane, &blocks.words[part], sizeof(FloatBits));
      }
    }
  }
}

void normals(const NoiseSource& source, int64_t first_group, int64_t groups, float* out) {
  for (int64_t group = first_group; group < first_group + groups; ++group, out += kNoiseGroup) {
    for (int64_t lane = 0; lane < kGroupBlocks; lane += kLanes<float>) {
      const auto blocks =
          blocks_from(source, static_cast<std::uint64_t>(group * kGroupBlocks + lane));
      Vector<float> z[4];
      normal_pair(blocks.words[0], blocks.words[1], z[0], z[1]);
      normal_pair(blocks.words[2], blocks.words[3], z[2], z[3]);
      for (int part = 0; part < 4; ++part) store(out + part * kGroupBlocks + lane, z[part]);
    }
  }
}

void add_scaled(const float* __restrict x, const float* __restrict noise, float scale, int64_t n,
                float* __restrict out) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const float sum = x[i] + noise[i] * scale;
    const float low = sum < 0.0f ? 0.0f : sum;
    out[i] = low > 1.0f ? 1.0f : low;
  }
}

/// The lowest byte of 2^23 + v holds v, rounded to even.
inline std::uint8_t level_of(float x) {
  const float scaled = x * 255.0f;
  const float above = scaled > 0.0f ? scaled : 0.0f;
  const float within = above < 255.0f ? above : 255.0f;
  const float shifted = within + 0x1p23f;
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  return static_cast<std::uint8_t>(bits);
}

void levels(const float* __restrict x, int64_t n, std::uint8_t* __restrict out) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = level_of(x[i]);
}

void gray_levels(const float* __restrict a, const float* __restrict b, const float* __restrict c,
                 int64_t n, std::uint8_t* __restrict out) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    out[i] = level_of((a[i] * 0.2989f + b[i] * 0.587f) + c[i] * 0.114f);
  }
}

void mark_levels(const std::uint8_t* levels_there, int64_t n, std::uint8_t* is_there) {
  for (int64_t i = 0; i < n; ++i) is_there[levels_there[i]] = 1;
}

/// From the side of the column where most of its probability lies: a step or two.
inline std::uint32_t search(const std::uint32_t* thresholds, std::uint32_t entry,
                            std::uint32_t word) {
  const std::uint32_t begin = (entry >> 8) & 0xffu;
  const std::uint32_t end = entry >> 16;
  if (word < 0x80000000u) {
    std::uint32_t passed = end;
    while (passed > begin && thresholds[passed - 1] > word) --passed;
    return passed;
  }
  std::uint32_t passed = begin;
  while (passed < end && thresholds[passed] <= word) ++passed;
  return passed;
}

void poisson_counts(const PoissonLevels& table, const std::uint8_t* levels_there,
                    const std::uint32_t* random_words, int64_t n, std::uint16_t* out) {
  for (int64_t i = 0; i < n; ++i) {
    const std::uint32_t level = levels_there[i];
    const std::uint32_t word = random_words[i];
    const std::uint32_t entry = table.entries[level * kPoissonColumns + (word >> 24)];
    std::uint32_t passed = entry & 0xffu;
    if (__builtin_expect(passed == kPoissonSearch, 0)) {
      passed = search(table.thresholds + table.begin[level], entry, word);
    } else {
      passed += (word & 0xffffffu) > (entry >> 8) ? 1 : 0;
    }
    out[i] = static_cast<std::uint16_t>(table.least[level] + passed);
  }
}

void poisson_residuals(const std::uint16_t* __restrict counts,
                       const std::uint8_t* __restrict levels_there, float inverse_rate_scale,
                       int64_t n, float* __restrict out) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(counts[i]) * inverse_rate_scale -
             static_cast<float>(levels_there[i]) / 255.0f;
  }
}

}  // namespace

extern const NoiseKernels VCISR_NOISE_KERNELS;
const NoiseKernels VCISR_NOISE_KERNELS = {&words,          &normals,          &add_scaled,
                                          &levels,         &gray_levels,      &mark_levels,
                                          &poisson_counts, &poisson_residuals};

}  // namespace vcisr::ops::detail
