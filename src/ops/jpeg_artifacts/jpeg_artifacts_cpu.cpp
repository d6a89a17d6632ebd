// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <ATen/Parallel.h>

#include "ops/instruction_set.h"
#include "ops/jpeg_artifacts/cpu_kernels.h"
#include "ops/jpeg_artifacts/jpeg_artifacts_ops.h"
#include "ops/row_kernels/scratch.h"

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const JpegKernel jpeg_kernel_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const JpegKernel jpeg_kernel_avx2;
extern const JpegKernel jpeg_kernel_avx512;
#endif

JpegKernel jpeg_kernel() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(jpeg_kernel_baseline, jpeg_kernel_avx2, jpeg_kernel_avx512);
#else
  return jpeg_kernel_baseline;
#endif
}

namespace {

constexpr std::int64_t kSide = kJpegMacroblock;
constexpr std::int64_t kBlockFloats = 3 * kSide * kSide;  // A macroblock of its own.

struct FloatSteps {
  std::array<float, kJpegCoefficients> luma;
  std::array<float, kJpegCoefficients> chroma;
};

FloatSteps to_float(const JpegSteps& steps) {
  FloatSteps result{};
  std::copy(steps.luma.begin(), steps.luma.end(), result.luma.begin());
  std::copy(steps.chroma.begin(), steps.chroma.end(), result.chroma.begin());
  return result;
}

/// One macroblock of an image; rows and columns are those that lie inside of it.
struct Place {
  std::int64_t y, x;
  std::int64_t rows, columns;
};

/// What the macroblocks of one image lie in.
struct Image {
  const float* in[3];  // R, G, B
  float* out[3];
  std::int64_t height, width;

  [[nodiscard]] std::int64_t across() const { return (width + kSide - 1) / kSide; }
  [[nodiscard]] std::int64_t macroblocks() const {
    return across() * ((height + kSide - 1) / kSide);
  }
  [[nodiscard]] Place place(std::int64_t macroblock) const {
    const std::int64_t y = macroblock / across() * kSide;
    const std::int64_t x = macroblock % across() * kSide;
    return {y, x, std::min(kSide, height - y), std::min(kSide, width - x)};
  }
};

Image image_of(const JpegPlanes& planes, std::int64_t n) {
  const std::int64_t plane = planes.height * planes.width;
  Image image{.in = {}, .out = {}, .height = planes.height, .width = planes.width};
  const std::int64_t channels[3] = {planes.red, planes.green, planes.blue};
  for (int c = 0; c < 3; ++c) {
    image.in[c] = planes.in + (3 * n + channels[c]) * plane;
    image.out[c] = planes.out + (3 * n + channels[c]) * plane;
  }
  return image;
}

bool is_whole(const Place& place) { return place.rows == kSide && place.columns == kSide; }

/// `block` [3][16][16] gets the macroblock, black beyond the image.
void copy_in(const Image& image, const Place& place, float* block) {
  std::fill_n(block, kBlockFloats, 0.0f);
  for (const float* plane : image.in) {
    for (std::int64_t y = 0; y < place.rows; ++y) {
      std::copy_n(plane + (place.y + y) * image.width + place.x, place.columns, block + y * kSide);
    }
    block += kSide * kSide;
  }
}

void copy_out(const float* block, const Place& place, const Image& image) {
  for (float* plane : image.out) {
    for (std::int64_t y = 0; y < place.rows; ++y) {
      std::copy_n(block + y * kSide, place.columns, plane + (place.y + y) * image.width + place.x);
    }
    block += kSide * kSide;
  }
}

/// Macroblocks first .. of one image. blocks: room for those that are not whole.
void run_group(const Image& image, std::int64_t first, const FloatSteps& steps, JpegKernel kernel,
               float* blocks) {
  const std::int64_t count = std::min<std::int64_t>(kJpegLanes, image.macroblocks() - first);
  JpegGroup group{};
  group.luma_steps = steps.luma.data();
  group.chroma_steps = steps.chroma.data();
  for (std::int64_t j = 0; j < kJpegLanes; ++j) {
    float* const block = blocks + j * kBlockFloats;
    const bool is_there = j < count;
    const Place place = is_there ? image.place(first + j) : Place{};
    const bool is_direct = is_there && is_whole(place);
    if (!is_direct) copy_in(image, place, block);  // All black where there is none.
    const std::int64_t offset = place.y * image.width + place.x;
    for (int c = 0; c < 3; ++c) {
      float* const own = block + c * kSide * kSide;
      group.in[c][j] = is_direct ? image.in[c] + offset : own;
      group.out[c][j] = is_direct ? image.out[c] + offset : own;
    }
    group.in_stride[j] = group.out_stride[j] = is_direct ? image.width : kSide;
  }
  kernel(group);
  for (std::int64_t j = 0; j < count; ++j) {
    const Place place = image.place(first + j);
    if (!is_whole(place)) copy_out(blocks + j * kBlockFloats, place, image);
  }
}

}  // namespace

void jpeg_planes(const JpegPlanes& planes, const std::vector<JpegSteps>& steps) {
  const JpegKernel kernel = jpeg_kernel();
  std::vector<FloatSteps> float_steps;
  for (const JpegSteps& one : steps) float_steps.push_back(to_float(one));
  const std::int64_t groups =
      (image_of(planes, 0).macroblocks() + kJpegLanes - 1) / kJpegLanes;  // Of one image.
  constexpr std::int64_t kGrain = 8;
  at::parallel_for(0, planes.images * groups, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(kJpegLanes * kBlockFloats, 1);
    float* const blocks = scratch.take(kJpegLanes * kBlockFloats);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t n = i / groups;
      run_group(image_of(planes, n), i % groups * kJpegLanes,
                float_steps[static_cast<std::size_t>(n)], kernel, blocks);
    }
  });
}

}  // namespace vcisr::ops::detail
