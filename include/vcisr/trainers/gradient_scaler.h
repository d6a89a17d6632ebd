// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

namespace vcisr::trainers {

struct GradientScalerOptions {
  bool is_enabled = true;  ///< Else everything is the identity, and checks still work.
  double initial_scale = 65536;
  double growth = 2;
  double backoff = 0.5;
  std::int64_t growth_interval = 2000;  ///< Updates without an overflow before the scale grows.
};

/// What a checkpoint keeps of a scaler.
struct GradientScalerState {
  double scale = 1;
  std::int64_t growth_counter = 0;

  friend bool operator==(const GradientScalerState&, const GradientScalerState&) = default;
};

/// Loss scaling for float16, as torch's GradScaler. One scaler serves all optimizers of a training;
/// each optimizer's turn is
///
///   scaler.scale(loss).backward();
///   const bool finite = scaler.unscale_and_check(optimizer.gradients());
///   if (finite) optimizer.step(rate);
///   scaler.update(finite);
///
/// The growth counter counts updates: with two optimizers it runs twice as fast, and what one of
/// them finds changes the scale before the other's turn, as in VCISR's second stage.
///
/// Threads  one.
/// Errors   ConfigError: factors or interval out of range.
class GradientScaler {
 public:
  explicit GradientScaler(const GradientScalerOptions& options = {});

  [[nodiscard]] bool is_enabled() const noexcept { return options_.is_enabled; }
  [[nodiscard]] double current_scale() const noexcept { return state_.scale; }

  /// Grad  differentiable.
  [[nodiscard]] torch::Tensor scale(const torch::Tensor& loss) const;
  /// Divides the gradients by the scale in place; false if one of them is infinite or NaN. One
  /// small read from the device.
  [[nodiscard]] bool unscale_and_check(const std::vector<torch::Tensor>& gradients) const;
  /// Ends an optimizer's turn.
  void update(bool was_finite);

  [[nodiscard]] GradientScalerState state() const noexcept { return state_; }
  /// Errors  CheckpointError: a scale that is not positive and finite, a negative counter.
  void load_state(const GradientScalerState& state);

 private:
  GradientScalerOptions options_;
  GradientScalerState state_;
};

}  // namespace vcisr::trainers
