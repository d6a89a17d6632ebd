// SPDX-License-Identifier: Apache-2.0
// The operator is linear, so each direction is the other one's gradient, to any order.
#include <string>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "ops/resize/resize_ops.h"

namespace vcisr::ops {
namespace {

using detail::ResizeDirection;

torch::Tensor call(ResizeDirection direction, const torch::Tensor& x, std::int64_t out_h,
                   std::int64_t out_w, const std::string& filter) {
  using Signature =
      torch::Tensor(const torch::Tensor&, std::int64_t, std::int64_t, const std::string&);
  auto& dispatcher = c10::Dispatcher::singleton();
  static const auto forward = dispatcher.findSchemaOrThrow("vcisr::resize", "").typed<Signature>();
  static const auto backward =
      dispatcher.findSchemaOrThrow("vcisr::resize_backward", "").typed<Signature>();
  const auto& op = direction == ResizeDirection::kForward ? forward : backward;
  return op.call(x, out_h, out_w, filter);
}

template <ResizeDirection kDirection>
class Resample : public torch::autograd::Function<Resample<kDirection>> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               std::int64_t out_h, std::int64_t out_w, const std::string& filter) {
    context->saved_data["in_h"] = x.size(2);
    context->saved_data["in_w"] = x.size(3);
    context->saved_data["filter"] = filter;
    const at::AutoDispatchBelowADInplaceOrView below;
    return call(kDirection, x, out_h, out_w, filter);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    constexpr auto kBack = kDirection == ResizeDirection::kForward ? ResizeDirection::kTransposed
                                                                   : ResizeDirection::kForward;
    return {call(kBack, grads[0], context->saved_data["in_h"].toInt(),
                 context->saved_data["in_w"].toInt(), context->saved_data["filter"].toStringRef()),
            {},
            {},
            {}};
  }
};

template <ResizeDirection kDirection>
torch::Tensor resample_autograd(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                                const std::string& filter) {
  detail::check_resize(x, out_h, out_w);
  return Resample<kDirection>::apply(x, out_h, out_w, filter);
}

void resize_out_autograd(const torch::Tensor& x, const torch::Tensor& out,
                         const std::string& filter) {
  TORCH_CHECK(!(at::GradMode::is_enabled() && (x.requires_grad() || out.requires_grad())),
              "resize_out records no gradient: call resize, or switch gradients off");
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("vcisr::resize_out", "")
          .typed<void(const torch::Tensor&, const torch::Tensor&, const std::string&)>();
  const at::AutoDispatchBelowADInplaceOrView below;
  op.call(x, out, filter);
}

TORCH_LIBRARY_IMPL(vcisr, Autograd, m) {
  m.impl("resize", &resample_autograd<ResizeDirection::kForward>);
  m.impl("resize_backward", &resample_autograd<ResizeDirection::kTransposed>);
  m.impl("resize_out", &resize_out_autograd);
}

}  // namespace
}  // namespace vcisr::ops
