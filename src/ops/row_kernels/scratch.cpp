// SPDX-License-Identifier: Apache-2.0
#include "ops/row_kernels/scratch.h"

#include <vector>

#include <c10/util/Exception.h>

namespace vcisr::ops::detail {
namespace {

constexpr std::int64_t kLine = 16;  // Floats of a cache line.

std::int64_t whole_lines(std::int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }

}  // namespace

Scratch::Scratch(std::int64_t floats, std::int64_t rows) {
  thread_local std::vector<float> block;
  const auto size = static_cast<std::size_t>(floats + (rows + 1) * kLine);
  if (block.size() < size) block.assign(size, 0.0f);
  const auto address = reinterpret_cast<std::uintptr_t>(block.data()) / sizeof(float);
  next_ = block.data() + (kLine - address % kLine) % kLine;
  end_ = block.data() + block.size();
}

float* Scratch::take(std::int64_t floats) {
  float* const row = next_;
  next_ += whole_lines(floats);
  TORCH_INTERNAL_ASSERT(next_ <= end_, "scratch is too small");
  return row;
}

}  // namespace vcisr::ops::detail
