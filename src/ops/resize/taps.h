// SPDX-License-Identifier: Apache-2.0
// Which input samples, with which weights, make each output sample of one axis. No torch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ops/row_kernels/line_filter.h"

namespace vcisr::ops::detail {

enum class TapFilter { kBicubic, kLanczos3, kBilinear };  // ResizeFilter, without torch.

/// A sparse matrix [out, in] by rows.
struct AxisTaps {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::vector<std::int64_t>
      begin;  ///< out + 1 entries: output o has taps begin[o] .. begin[o+1]-1.
  std::vector<std::int32_t> index;   ///< Input sample of each tap, border rule applied.
  std::vector<std::int32_t> offset;  ///< make_taps: the same before mirroring; else empty.
  std::vector<double> weight;
  std::vector<float> weight_f32;

  /// How a row of floats is resampled; neither when transposed.
  std::optional<PeriodicLine> line;   ///< Where the taps repeat soon.
  struct Runs {                       ///< Else: neighbouring taps, those of weight 0 included.
    std::int64_t pad = 0;             ///< Samples read before and after the row, mirrored.
    std::vector<std::int32_t> first;  ///< Of each output, plus pad.
    std::vector<std::int64_t> begin;
    std::vector<float> weight;
  };
  std::optional<Runs> runs;
};

/// Border rule: ... b a | a b c | c b ..., for any distance from the edge.
[[nodiscard]] std::int64_t mirrored(std::int64_t index, std::int64_t size);

[[nodiscard]] AxisTaps make_taps(std::int64_t in, std::int64_t out, TapFilter filter);

/// The transposed matrix: what the gradient of the input gathers from the gradient of the output.
[[nodiscard]] AxisTaps transposed(const AxisTaps& taps);

/// make_taps and transposed, remembering the last few: a film asks for the same ones each frame.
/// May be called from any thread.
[[nodiscard]] std::shared_ptr<const AxisTaps> cached_taps(std::int64_t in, std::int64_t out,
                                                          TapFilter filter, bool is_transposed);

}  // namespace vcisr::ops::detail
