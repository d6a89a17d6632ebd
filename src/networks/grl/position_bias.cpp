// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/position_bias.h"

#include <algorithm>
#include <cmath>

#include <c10/core/InferenceMode.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

#include "networks/grl/init.h"
#include "networks/layers.h"

namespace vcisr::networks::grl {
namespace {

constexpr std::int64_t kHidden = 512;
constexpr std::size_t kKeptSizes = 4;

}  // namespace

LogitTransform::LogitTransform(std::int64_t num_heads) {
  logit_scale_ = register_parameter(
      "logit_scale", torch::full({num_heads, 1, 1}, std::log(10.0), torch::kFloat32));
  mlp_ = register_module(
      "cpb_mlp",
      torch::nn::Sequential(linear(2, kHidden), torch::nn::ReLU(),
                            initialised(torch::nn::Linear(
                                torch::nn::LinearOptions(kHidden, num_heads).bias(false)))));
}

LogitTransform::Key LogitTransform::key(const TokenExtent& window, std::int64_t factor) const {
  Key key = {window.rows, window.columns, factor};
  for (const auto& parameter : parameters()) {
    key.push_back(reinterpret_cast<std::intptr_t>(parameter.const_data_ptr()));
    // Counts in-place changes; tensors made in inference mode do not.
    key.push_back(parameter.is_inference() ? 0 : parameter._version());
  }
  return key;
}

LogitTerms LogitTransform::forward(const TokenExtent& window, std::int64_t factor) {
  if (records_gradient(logit_scale_, parameters())) return evaluate(window, factor);
  const Key wanted = key(window, factor);
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& entry) { return entry.key == wanted; });
  if (found != known_.end()) {
    known_.splice(known_.begin(), known_, found);
  } else {
    const c10::InferenceMode normal(false);
    const torch::NoGradGuard no_grad;
    known_.push_front({wanted, evaluate(window, factor), {}});
    for (const auto& parameter : parameters()) {
      known_.front().parameters.push_back(parameter.detach());
    }
    if (known_.size() > kKeptSizes) known_.pop_back();
  }
  return known_.front().terms;
}

LogitTerms LogitTransform::evaluate(const TokenExtent& window, std::int64_t factor) {
  const WithoutAutocast in_full_precision;  // The bias reaches 16, and stands in an exponent.
  const auto table =
      coordinate_table(window, factor, logit_scale_.device()).to(logit_scale_.scalar_type());
  const auto bias = 16 * torch::sigmoid(mlp_->forward(table));  // [rows * columns, N]
  return {torch::clamp_max(logit_scale_, std::log(100.0)).exp().flatten(),
          bias.t()
              .reshape({logit_scale_.size(0), window.rows + window.rows / factor - 1,
                        window.columns + window.columns / factor - 1})
              .contiguous()};
}

}  // namespace vcisr::networks::grl
