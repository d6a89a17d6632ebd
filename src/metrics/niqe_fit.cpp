// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metrics/niqe_features.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/niqe.h"

namespace vcisr::metrics {
namespace {

/// Of the sharpest block of a picture (section III.B of the paper).
constexpr double kSharpShare = 0.75;

}  // namespace

void NiqeFit::add(const torch::Tensor& rgb) {
  const NiqeBlocks blocks = niqe_blocks(rgb, convention_);
  const double threshold =
      kSharpShare * *std::max_element(blocks.sharpness.begin(), blocks.sharpness.end());
  for (std::size_t i = 0; i < blocks.features.size(); ++i) {
    if (blocks.sharpness[i] > threshold && is_complete(blocks.features[i])) {
      rows_.push_back(blocks.features[i]);
    }
  }
}

NiqeModel NiqeFit::finish() const {
  if (blocks() < kNiqeFitMinBlocks) {
    throw ConfigError("a NIQE model needs at least " + std::to_string(kNiqeFitMinBlocks) +
                      " sharp blocks of " + std::to_string(kNiqeBlockPx) + "x" +
                      std::to_string(kNiqeBlockPx) + " pixels, but the pictures gave " +
                      std::to_string(blocks()) + ": give more or larger photographs");
  }
  const NiqeRow mean = mean_of(rows_);
  return {std::vector<double>(mean.begin(), mean.end()), covariance_of(rows_),
          "fitted to " + std::to_string(blocks()) + " blocks"};
}

}  // namespace vcisr::metrics
