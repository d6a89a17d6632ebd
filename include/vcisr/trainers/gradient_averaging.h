// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "vcisr/trainers/process_group.h"

namespace vcisr::trainers {

/// What one all-reduce carries: big enough for the network's bandwidth, small enough to stay in
/// reach of caches and of memory.
inline constexpr std::int64_t kGradientBucketBytes = 25 << 20;

/// Replaces each parameter's gradient by its mean over the processes: with shares of equal size,
/// the gradient of the whole batch. In flat buckets, last parameters first. Parameters that need no
/// gradient are left out; one that has a gradient in some processes only counts as zero in the
/// others and gets one there, one that has none anywhere stays without.
///
/// Grad    nothing is recorded.
/// Errors  as ProcessGroup's collectives; all processes must give equal parameters in one order.
void average_gradients(ProcessGroup& group, const std::vector<torch::Tensor>& parameters,
                       std::int64_t bucket_bytes = kGradientBucketBytes);
void average_gradients(ProcessGroup& group,
                       const std::vector<std::pair<std::string, torch::Tensor>>& parameters,
                       std::int64_t bucket_bytes = kGradientBucketBytes);

/// Gives every process rank 0's parameters and buffers.
void broadcast_state(ProcessGroup& group, const torch::nn::Module& module);

}  // namespace vcisr::trainers
