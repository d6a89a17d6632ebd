// SPDX-License-Identifier: Apache-2.0
// What the files of jpeg_artifacts() share. Arguments are checked; channels are R, G, B.
#pragma once

#include <vector>

#include <torch/types.h>

#include "ops/jpeg_artifacts/jpeg_tables.h"

namespace vcisr::ops::detail {

/// Any device, float32 or float64, of torch's operators; the tests' reference. steps: one per
/// image.
[[nodiscard]] torch::Tensor jpeg_by_torch(const torch::Tensor& x,
                                          const std::vector<JpegSteps>& steps);

struct JpegPlanes {
  const float* in;  ///< [images][3][height][width]
  float* out;       ///< The same, elsewhere.
  std::int64_t images, height, width;
  std::int64_t red, green, blue;  ///< Which channel holds what.
};

/// Image n by steps[n]. Threads: at::parallel_for over macroblocks.
void jpeg_planes(const JpegPlanes& planes, const std::vector<JpegSteps>& steps);

}  // namespace vcisr::ops::detail
