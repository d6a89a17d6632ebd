// SPDX-License-Identifier: Apache-2.0
// Resampling along a row where the taps repeat: every `per_in` input samples make `per_out` output
// samples, by the same weights all along the row.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/row_kernels/row_kernels.h"

namespace vcisr::ops::detail {

struct LinePhase {
  std::vector<std::int32_t> offset;  ///< Input sample of each tap less per_in * cycle; ascending.
  std::vector<float> weight;
};

struct PeriodicLine {
  /// Longest cycle and longest sum that filter_line takes.
  static constexpr std::int64_t kMostPerCycle = 8;
  static constexpr std::size_t kMostTaps = 64;

  /// Phases in the order of the outputs; each has 1 .. kMostTaps taps.
  PeriodicLine(std::int64_t in, std::int64_t out, int per_in, std::vector<LinePhase> phases);

  std::int64_t in;
  std::int64_t out;
  int per_in;
  std::vector<LinePhase> phases;
  std::int64_t cycles;   ///< Of the outputs; the last one may be partial.
  std::int64_t pad;      ///< Samples that filter_line reads before and after the row.
  bool is_interpolate2;  ///< Two outputs per input of up to four neighbouring taps.

  [[nodiscard]] std::int64_t split_size() const { return (in + 2 * pad) / per_in; }
  [[nodiscard]] std::int64_t scratch_floats() const;
  static constexpr std::int64_t kScratchRows = 2 * kMostPerCycle;
};

/// row: `in` samples, with `pad` more on either side that continue it by the border rule.
/// scratch: scratch_floats().
void filter_line(const RowKernels& kernels, const PeriodicLine& line, const float* row,
                 float* scratch, float* out);

/// Continue a row beyond its ends: the edge sample again and again, or mirrored with the edge.
void repeat_edges(float* row, std::int64_t size, std::int64_t pad);
void mirror_edges(float* row, std::int64_t size, std::int64_t pad);

}  // namespace vcisr::ops::detail
