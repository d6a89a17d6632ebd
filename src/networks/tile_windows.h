// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vcisr/networks/network.h"

namespace vcisr::networks {

/// A part of a picture, in lq pixels.
struct Window {
  std::int64_t top, bottom, left, right;
};

/// Where the network computes; lq's own device where it has no parameters.
[[nodiscard]] torch::Device device_of(const Network& network, const torch::Tensor& lq);

/// Windows of one size through the network together.
///
/// Shape    lq: [B, T, 3, h, w] on any device. Returns [k*B, T, 3, s*rows, s*columns] on the
///          network's, all B clips of the first window first.
[[nodiscard]] torch::Tensor forward_windows(Network& network, const torch::Tensor& lq,
                                            const std::vector<Window>& windows);

}  // namespace vcisr::networks
