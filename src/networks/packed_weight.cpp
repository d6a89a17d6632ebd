// SPDX-License-Identifier: Apache-2.0
#include "networks/packed_weight.h"

#include <optional>
#include <string_view>
#include <vector>

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>

namespace vcisr::networks {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using PackLinear = at::Tensor(const at::Tensor&, std::optional<int64_t>);
using RunLinear = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                             std::string_view, Scalars, std::optional<std::string_view>);
using PackConv = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                            int64_t, at::OptionalIntArrayRef);
using RunConv = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                           at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
                           std::string_view, Scalars, std::optional<std::string_view>);

/// The operators that torch.compile freezes weights with; they are no public interface, so what is
/// not there as expected is not used.
template <class Signature>
std::optional<c10::TypedOperatorHandle<Signature>> find(const char* name) {
  const auto op = c10::Dispatcher::singleton().findSchema({name, ""});
  if (!op) return std::nullopt;
  try {
    return op->typed<Signature>();
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

bool is_supported(const torch::Tensor& x) {
  static const bool is_there = at::globalContext().userEnabledMkldnn();
  const auto type = x.scalar_type();
  return is_there && x.is_cpu() && (type == torch::kFloat32 || type == torch::kBFloat16);
}

}  // namespace

template <class Pack>
torch::Tensor PackedWeight::packed(const torch::Tensor& weight, const Pack& pack) {
  const std::int64_t version = weight.is_inference() ? 0 : weight._version();
  const std::lock_guard lock(mutex_);
  const bool is_known = packed_.defined() && version == version_ &&
                        source_.const_data_ptr() == weight.const_data_ptr() &&
                        source_.scalar_type() == weight.scalar_type() &&
                        source_.sizes() == weight.sizes();
  if (!is_known) {
    const c10::InferenceMode normal(false);
    const torch::NoGradGuard no_grad;
    packed_ = pack();
    source_ = weight.detach();
    version_ = version;
  }
  return packed_;
}

torch::Tensor PackedWeight::linear(const torch::Tensor& x, const torch::Tensor& weight,
                                   const torch::Tensor& bias, Activation activation) {
  static const auto pack = find<PackLinear>("mkldnn::_reorder_linear_weight");
  static const auto run = find<RunLinear>("mkldnn::_linear_pointwise");
  if (!pack || !run || !is_supported(x)) {
    auto y = at::linear(x, weight, bias);
    return activation == Activation::kGelu ? at::gelu_(y) : y;
  }
  const auto ready = packed(weight, [&] { return pack->call(weight.contiguous(), std::nullopt); });
  const bool has_gelu = activation == Activation::kGelu;
  return run->call(x, ready, bias, has_gelu ? "gelu" : "none", Scalars(), has_gelu ? "none" : "");
}

torch::Tensor PackedWeight::conv3x3(const torch::Tensor& x, const torch::Tensor& weight,
                                    const torch::Tensor& bias) {
  static const auto pack = find<PackConv>("mkldnn::_reorder_convolution_weight");
  static const auto run = find<RunConv>("mkldnn::_convolution_pointwise");
  if (!pack || !run || !is_supported(x)) return at::conv2d(x, weight, bias, 1, 1);
  static const std::vector<std::int64_t> ones = {1, 1};
  const auto ready = packed(weight, [&] {
    return pack->call(weight, ones, ones, ones, 1, at::OptionalIntArrayRef(x.sizes()));
  });
  return run->call(x, ready, bias, ones, ones, ones, 1, "none", Scalars(), "");
}

}  // namespace vcisr::networks
