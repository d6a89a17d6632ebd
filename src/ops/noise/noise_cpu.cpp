// SPDX-License-Identifier: Apache-2.0
#include "ops/noise/noise_cpu.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>

#include <ATen/Parallel.h>

#include "ops/instruction_set.h"
#include "ops/noise/cpu_kernels.h"
#include "ops/noise/poisson_table.h"

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const NoiseKernels noise_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const NoiseKernels noise_kernels_avx2;
extern const NoiseKernels noise_kernels_avx512;
#endif

const NoiseKernels& noise_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(noise_kernels_baseline, noise_kernels_avx2, noise_kernels_avx512);
#else
  return noise_kernels_baseline;
#endif
}

namespace {

using std::int64_t;

/// Samples that are worked on at a time; their rows stay in the first-level cache.
constexpr int64_t kChunk = 1024;
constexpr int64_t kChunkGroups = kChunk / kNoiseGroup;
/// Chunks that a thread takes at least.
constexpr int64_t kGrain = 16;

/// body(begin, end) for the chunks of n samples.
template <class Body>
void for_chunks(int64_t n, const Body& body) {
  at::parallel_for(0, (n + kChunk - 1) / kChunk, kGrain, [&](int64_t first, int64_t last) {
    for (int64_t chunk = first; chunk < last; ++chunk) {
      body(chunk * kChunk, std::min(n, (chunk + 1) * kChunk));
    }
  });
}

/// The field's words or numbers for samples begin … end - 1, begin a multiple of kChunk.
template <class T>
struct Drawn {
  alignas(64) std::array<T, kChunk> values;

  Drawn(void (*draw)(const NoiseSource&, int64_t, int64_t, T*), const NoiseSource& source,
        int64_t begin, int64_t end) {
    const int64_t groups = (end - begin + kNoiseGroup - 1) / kNoiseGroup;
    draw(source, begin / kNoiseGroup, groups, values.data());
  }
};

/// Which levels occur; chunks report from any thread.
class LevelSet {
 public:
  void add(const std::uint8_t* levels, int64_t n) {
    std::array<std::uint8_t, kLevels> is_there{};
    noise_kernels().mark_levels(levels, n, is_there.data());
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < is_there.size(); ++i) is_there_[i] |= is_there[i];
  }

  /// ceil(log2(number of levels)).
  [[nodiscard]] int log2_rate_scale() const {
    const auto count = std::count(is_there_.begin(), is_there_.end(), 1);
    return std::bit_width(static_cast<std::uint32_t>(std::max<int64_t>(count, 1)) - 1);
  }

 private:
  std::mutex mutex_;
  std::array<std::uint8_t, kLevels> is_there_{};
};

/// Chunks of levels by `quantise(begin, n, out)`.
template <class Quantise>
int levels_of(int64_t n, std::uint8_t* out, const Quantise& quantise) {
  LevelSet set;
  for_chunks(n, [&](int64_t begin, int64_t end) {
    quantise(begin, end - begin, out + begin);
    set.add(out + begin, end - begin);
  });
  return set.log2_rate_scale();
}

/// Adds what `draw(begin, end, noise)` makes: one field for the picture or, gray, for each plane.
template <class Draw>
void add_field(const NoisePicture& picture, bool is_gray, float scale, const Draw& draw) {
  const auto& kernels = noise_kernels();
  const int64_t samples = is_gray ? picture.pixels : 3 * picture.pixels;
  const int64_t planes = is_gray ? 3 : 1;
  for_chunks(samples, [&](int64_t begin, int64_t end) {
    alignas(64) std::array<float, kChunk> noise;
    draw(begin, end, noise.data());
    for (int64_t plane = 0; plane < planes; ++plane) {
      const int64_t offset = plane * picture.pixels + begin;
      kernels.add_scaled(picture.in + offset, noise.data(), scale, end - begin,
                         picture.out + offset);
    }
  });
}

}  // namespace

void fill_normals(const NoiseSource& source, int64_t n, float* out) {
  for_chunks(n, [&](int64_t begin, int64_t end) {
    const Drawn<float> z(noise_kernels().normals, source, begin, end);
    std::copy_n(z.values.begin(), end - begin, out + begin);
  });
}

void fill_poisson_counts(const NoiseSource& source, int log2_v, const std::uint8_t* levels,
                         int64_t n, std::uint16_t* out) {
  const auto table = poisson_table(log2_v).levels();
  for_chunks(n, [&](int64_t begin, int64_t end) {
    const Drawn<std::uint32_t> words(noise_kernels().words, source, begin, end);
    noise_kernels().poisson_counts(table, levels + begin, words.values.data(), end - begin,
                                   out + begin);
  });
}

int picture_levels(const float* in, int64_t pixels, std::uint8_t* out) {
  return levels_of(3 * pixels, out, [&](int64_t begin, int64_t n, std::uint8_t* to) {
    noise_kernels().levels(in + begin, n, to);
  });
}

int gray_picture_levels(const float* in, int64_t pixels, ChannelOrder order, std::uint8_t* out) {
  const bool is_bgr = order == ChannelOrder::kBgr;
  const float* a = in + (is_bgr ? 2 * pixels : 0);
  const float* b = in + pixels;
  const float* c = in + (is_bgr ? 0 : 2 * pixels);
  return levels_of(pixels, out, [&](int64_t begin, int64_t n, std::uint8_t* to) {
    noise_kernels().gray_levels(a + begin, b + begin, c + begin, n, to);
  });
}

int log2_rate_scale(const std::uint8_t* levels, int64_t n) {
  LevelSet set;
  set.add(levels, n);
  return set.log2_rate_scale();
}

void add_normals(const NoisePicture& picture, const NoiseSource& source, float scale) {
  const bool is_gray = source.stream == NoiseStream::kGaussianGray;
  add_field(picture, is_gray, scale, [&](int64_t begin, int64_t end, float* noise) {
    const int64_t groups = (end - begin + kNoiseGroup - 1) / kNoiseGroup;
    noise_kernels().normals(source, begin / kNoiseGroup, groups, noise);
  });
}

void add_poisson(const NoisePicture& picture, const NoiseSource& source, float scale, int log2_v,
                 const std::uint8_t* levels) {
  const auto& table = poisson_table(log2_v);
  const auto table_levels = table.levels();
  const auto& kernels = noise_kernels();
  const bool is_gray = source.stream == NoiseStream::kPoissonGray;
  add_field(picture, is_gray, scale, [&](int64_t begin, int64_t end, float* noise) {
    const Drawn<std::uint32_t> words(kernels.words, source, begin, end);
    std::array<std::uint16_t, kChunk> counts;
    kernels.poisson_counts(table_levels, levels + begin, words.values.data(), end - begin,
                           counts.data());
    kernels.poisson_residuals(counts.data(), levels + begin, table.inverse_rate_scale, end - begin,
                              noise);
  });
}

}  // namespace vcisr::ops::detail
