// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include <torch/types.h>

#include "vcisr/metrics/niqe.h"

namespace vcisr::metrics {

using NiqeRow = std::array<double, kNiqeFeatures>;

/// Of each block of a picture, row by row: 18 features at full, then 18 at half size (NaN where a
/// block has samples of one sign only), and its mean local deviation at full size.
struct NiqeBlocks {
  std::vector<NiqeRow> features;
  std::vector<double> sharpness;
};

/// Errors  as niqe(), but for the number of blocks.
[[nodiscard]] NiqeBlocks niqe_blocks(const torch::Tensor& rgb, NiqeConvention convention);

[[nodiscard]] bool is_complete(const NiqeRow& row);

/// The mean of each feature over the rows that have it.
[[nodiscard]] NiqeRow mean_of(const std::vector<NiqeRow>& rows);

/// Covariance [36 * 36], divided by one less than the rows; zero for one row. All must be complete.
[[nodiscard]] std::vector<double> covariance_of(const std::vector<NiqeRow>& rows);

}  // namespace vcisr::metrics
