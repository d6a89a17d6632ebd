// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <torch/types.h>

#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

/// One step on pictures, each for itself.
///
/// Shape    clip: float32 [T, 3, H, W], RGB, nominally [0, 1], any device; never written into.
/// Threads  any number of calls side by side; operators use LibTorch's intra-op threads.
/// Errors   ConfigError: a step that cannot be done (sizes, qualities), a GroupStep.
[[nodiscard]] torch::Tensor apply_step(const torch::Tensor& clip, const Step& step);

/// Degrades one batch as its recipe says, picture by picture, on as many threads as callers bring.
///
/// A picture goes through its own steps on the thread that brings it. The thread that brings the
/// last picture of a group sends the group through its codec, and its pictures through what comes
/// after. So the result does not depend on the number of threads or their order.
///
/// Threads  degrade() from any number of threads at once, once for each unit; the callback is
/// called
///          from these threads, for one unit at a time per thread.
/// Memory   What waits for its group is kept; hq pictures are not.
/// Errors   What a step throws leaves degrade(); the run must then be given up.
class BatchRun {
 public:
  /// Called when a unit is finished: uint8 [3, h, w].
  using Finished = std::function<void(std::int64_t unit, const torch::Tensor& lq)>;

  /// `recipe` must live as long as the run.
  /// Errors  ConfigError: a recipe whose groups and units do not fit each other.
  BatchRun(const BatchRecipe& recipe, Finished finished);
  ~BatchRun();
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  /// hq: float32 [3, H, W], any device.
  void degrade(std::int64_t unit, const torch::Tensor& hq);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole batch on the calling thread: uint8 [3, h, w] for each hq picture, float32 [3, H, W].
[[nodiscard]] std::vector<torch::Tensor> degrade_batch(const std::vector<torch::Tensor>& hq,
                                                       const BatchRecipe& recipe);

}  // namespace vcisr::degradation
