// SPDX-License-Identifier: Apache-2.0
#include "networks/layers.h"

#include <algorithm>

#include <torch/nn/functional/padding.h>

namespace vcisr::networks {
namespace {

// One axis at a time, because each may need its own rule.
torch::Tensor pad_end(const torch::Tensor& x, std::int64_t amount, std::int64_t length,
                      bool is_vertical) {
  if (amount == 0) return x;
  const std::vector<std::int64_t> pad = is_vertical ? std::vector<std::int64_t>{0, 0, 0, amount}
                                                    : std::vector<std::int64_t>{0, amount, 0, 0};
  return amount < length ? at::reflection_pad2d(x, pad) : at::replication_pad2d(x, pad);
}

}  // namespace

torch::nn::Conv2d conv3x3(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1));
}

torch::Tensor convolve(const torch::nn::Conv2d& conv, const torch::Tensor& x) {
  return at::conv2d(x, conv->weight, conv->bias, /*stride=*/1, /*padding=*/1);
}

torch::Tensor convolve_wide(const torch::nn::Conv2d& conv, const torch::Tensor& x) {
  const WithoutAutocast in_the_precision_of_x;
  const auto dtype = x.scalar_type();
  return at::conv2d(x, conv->weight.to(dtype), conv->bias.to(dtype), /*stride=*/1, /*padding=*/1);
}

void check_image(std::string_view name, const torch::Tensor& lq) {
  TORCH_CHECK(lq.defined() && lq.dim() == 4 && lq.size(1) == 3 && lq.size(2) >= 1 &&
                  lq.size(3) >= 1 && lq.is_floating_point(),
              name, ": lq must be a float tensor [N, 3, h, w] with h, w >= 1, but it is ",
              lq.defined() ? lq.scalar_type() : torch::kFloat32, " ",
              lq.defined() ? lq.sizes() : at::IntArrayRef{});
}

void read_rgb_channels(const Config& config) {
  std::int64_t channels = 3;
  if (config.has("num_in_ch")) config.read("num_in_ch", channels, {3, 3});
  if (config.has("num_out_ch")) config.read("num_out_ch", channels, {3, 3});
}

torch::Tensor pad_to_multiple(const torch::Tensor& x, std::int64_t multiple) {
  const std::int64_t height = x.size(2);
  const std::int64_t width = x.size(3);
  const auto missing = [multiple](std::int64_t n) { return (multiple - n % multiple) % multiple; };
  return pad_end(pad_end(x, missing(height), height, true), missing(width), width, false);
}

torch::Tensor shuffle_to_planes(const torch::Tensor& x, std::int64_t scale) {
  return x
      .unflatten(1, {-1, scale, scale})  // [N, C, s, s, h, w]
      .permute({0, 1, 4, 2, 5, 3})       // [N, C, h, s, w, s]
      .reshape({x.size(0), -1, scale * x.size(2), scale * x.size(3)});
}

bool records_gradient(const torch::Tensor& x, const std::vector<torch::Tensor>& parameters) {
  if (!at::GradMode::is_enabled()) return false;
  return x.requires_grad() ||
         std::any_of(parameters.begin(), parameters.end(),
                     [](const torch::Tensor& parameter) { return parameter.requires_grad(); });
}

}  // namespace vcisr::networks
