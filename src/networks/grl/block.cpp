// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/block.h"

#include "networks/grl/init.h"
#include "networks/layers.h"

namespace vcisr::networks::grl {
namespace {

torch::nn::Conv2d conv1x1(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1));
}

std::shared_ptr<torch::nn::Module> holder() { return std::make_shared<torch::nn::Module>(); }

torch::nn::LayerNorm layer_norm(std::int64_t channels) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({channels}));
}

}  // namespace

ChannelAttentionBlock::ChannelAttentionBlock(std::int64_t channels) {
  const auto gate = holder();
  const auto attention = holder();
  const auto body = register_module("cab", holder());
  squeeze_ = body->register_module("0", conv3x3(channels, channels / 4));
  expand_ = body->register_module("2", conv3x3(channels / 4, channels));
  gate_down_ = attention->register_module("1", conv1x1(channels, channels / 18));
  gate_up_ = attention->register_module("3", conv1x1(channels / 18, channels));
  gate->register_module("attention", attention);
  body->register_module("3", gate);
}

torch::Tensor ChannelAttentionBlock::forward(const torch::Tensor& x) {
  const auto y = convolve(expand_, at::gelu(convolve(squeeze_, x)));  // [B, C, H, W]
  auto gate = at::adaptive_avg_pool2d(y, {1, 1});                     // [B, C, 1, 1]
  gate = at::sigmoid(gate_up_(at::relu(gate_down_(gate))));
  return y * gate;
}

Block::Block(const GrlOptions& options, std::size_t stage, std::int64_t block, double drop_path)
    : residual_scale_(options.residual_scale), drop_path_(drop_path) {
  const std::int64_t channels = options.embed_dim;
  attention_ = register_module("attn", std::make_shared<MixedAttention>(options, stage, block));
  norm1_ = register_module("norm1", layer_norm(channels));
  if (options.local_connection) {
    local_ = register_module("conv", std::make_shared<ChannelAttentionBlock>(channels));
  }
  const auto mlp = register_module("mlp", holder());
  fc1_ = mlp->register_module("fc1", linear(channels, options.mlp_ratio * channels));
  fc2_ = mlp->register_module("fc2", linear(options.mlp_ratio * channels, channels));
  norm2_ = register_module("norm2", layer_norm(channels));
}

torch::Tensor Block::mlp(const torch::Tensor& x) {
  return fc2_(at::gelu(fc1_(x.to(fc1_->weight.scalar_type()))));
}

torch::Tensor Block::weighted(torch::Tensor branch) const {
  if (residual_scale_ != 1.0) branch = branch * residual_scale_;
  if (!is_training() || drop_path_ == 0.0) return branch;
  const auto kept = torch::empty({branch.size(0), 1, 1, 1}, branch.options())
                        .bernoulli_(1 - drop_path_)
                        .div_(1 - drop_path_);
  return branch * kept;
}

torch::Tensor Block::forward(const torch::Tensor& x) {
  const auto type = x.scalar_type();
  auto sum = x + weighted(norm1_(attention_->forward(x).to(type)));  // [B, H, W, C]
  if (local_) {
    const auto image = x.to(fc1_->weight.scalar_type()).permute({0, 3, 1, 2});
    sum = sum + local_->forward(image).permute({0, 2, 3, 1}).to(type);
  }
  return sum + weighted(norm2_(mlp(sum).to(type)));
}

}  // namespace vcisr::networks::grl
