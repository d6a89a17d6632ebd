// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/gradient_scaler.h"

#include <cmath>
#include <string>

#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <torch/utils.h>

#include "vcisr/core/error.h"
#include "vcisr/trainers/optimizer.h"

namespace vcisr::trainers {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw ConfigError("loss scaling: " + what);
}

}  // namespace

GradientScaler::GradientScaler(const GradientScalerOptions& options) : options_(options) {
  require(std::isfinite(options.initial_scale) && options.initial_scale > 0,
          "the initial scale must be positive and finite");
  require(options.growth > 1, "the growth must be above 1");
  require(options.backoff > 0 && options.backoff < 1, "the backoff must lie between 0 and 1");
  require(options.growth_interval >= 1, "the growth interval must be at least 1 update");
  if (options.is_enabled) state_.scale = options.initial_scale;
}

torch::Tensor GradientScaler::scale(const torch::Tensor& loss) const {
  if (!options_.is_enabled) return loss;
  return loss * state_.scale;
}

bool GradientScaler::unscale_and_check(const std::vector<torch::Tensor>& gradients) const {
  if (!options_.is_enabled) return all_finite(gradients);
  if (gradients.empty()) return true;
  const torch::NoGradGuard no_grad;
  const auto on_device = torch::TensorOptions(torch::kFloat32).device(gradients.front().device());
  auto found_inf = torch::zeros({1}, on_device);
  const auto inverse = torch::full({1}, 1 / state_.scale, on_device);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf, inverse);
  return found_inf.item<float>() == 0;
}

void GradientScaler::update(bool was_finite) {
  if (!options_.is_enabled) return;
  if (!was_finite) {
    state_.scale *= options_.backoff;
    state_.growth_counter = 0;
    return;
  }
  if (++state_.growth_counter < options_.growth_interval) return;
  state_.growth_counter = 0;
  // Torch keeps the scale in float32 and does not let it grow beyond.
  const double grown = state_.scale * options_.growth;
  if (std::isfinite(static_cast<float>(grown))) state_.scale = grown;
}

void GradientScaler::load_state(const GradientScalerState& state) {
  if (!std::isfinite(state.scale) || state.scale <= 0 || state.growth_counter < 0) {
    throw CheckpointError("the loss scaler's state makes no sense: scale " +
                          std::to_string(state.scale) + ", counter " +
                          std::to_string(state.growth_counter));
  }
  if (options_.is_enabled) state_ = state;
}

}  // namespace vcisr::trainers
