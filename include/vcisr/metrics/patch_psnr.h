// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vcisr/metrics/psnr.h"

namespace vcisr::metrics {

/// How STDO cuts a picture: columns x rows patches of floor(width / columns) x floor(height / rows)
/// pixels; what remains at the right and the bottom does not count.
struct PatchGrid {
  std::int64_t columns = 1;
  std::int64_t rows = 1;
  /// Pixels left out on all four sides of each patch: scale + 4 in the published protocol.
  std::int64_t shave_px = 0;
};

/// The squared error of all patches of a picture, each shaved: STDO's number is the PSNR of its
/// mean over all frames of a film.
///
/// Shape    restored, hq: uint8 [3, H, W] (what the protocol rounds [0, 1] to) or uint16, one size,
///          any device.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence for other tensors, a grid with no patches or more than
///          there are pixels, a shave that leaves nothing of a patch.
[[nodiscard]] SquaredError patch_squared_error(const torch::Tensor& restored,
                                               const torch::Tensor& hq, const PatchGrid& grid);

/// The squared error close to the borders between patches only, which shows seams: all pixels of
/// the grid that lie within band_px of a border between two patches. shave_px does not matter.
///
/// As above; a grid of one patch has no such border, which is an error; band_px is at least 1.
[[nodiscard]] SquaredError seam_squared_error(const torch::Tensor& restored,
                                              const torch::Tensor& hq, const PatchGrid& grid,
                                              std::int64_t band_px = 4);

}  // namespace vcisr::metrics
