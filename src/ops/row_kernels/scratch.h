// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vcisr::ops::detail {

/// Rows of floats that a thread works in: one block, kept for the thread's next call. One Scratch
/// at a time per thread; its rows are valid while it lives and hold finite leftovers.
class Scratch {
 public:
  /// `floats`: sum of all take(), `rows` their number.
  Scratch(std::int64_t floats, std::int64_t rows);

  /// A row of `floats`, on a cache line of its own.
  [[nodiscard]] float* take(std::int64_t floats);

 private:
  float* next_;
  float* end_;
};

}  // namespace vcisr::ops::detail
