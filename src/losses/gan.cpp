// SPDX-License-Identifier: Apache-2.0
#include "vcisr/losses/gan.h"

#include "losses/options.h"
#include "losses/precision.h"
#include "vcisr/core/error.h"

namespace vcisr::losses {

GanOptions read_gan_options(const Config& config) {
  GanOptions options;
  std::string type = "GANLoss";
  config.read_choice("type", type, {"GANLoss", "ganloss", "gan"});
  config.read_enum(
      "gan_type", options.type,
      {{"vanilla", GanType::kVanilla}, {"lsgan", GanType::kLsgan}, {"hinge", GanType::kHinge}});
  config.read("real_label_val", options.real_label, {-100.0, 100.0});
  config.read("fake_label_val", options.fake_label, {-100.0, 100.0});
  options.loss_weight = read_weight(config, "loss_weight", options.loss_weight);
  config.expect_all_keys_read();
  return options;
}

torch::Tensor GanLoss::forward(const torch::Tensor& logits, Target target, Player player) const {
  TORCH_CHECK(logits.defined() && logits.is_floating_point() && logits.numel() > 0,
              "gan loss: logits must be floats and not empty, but are ",
              logits.defined() ? logits.scalar_type() : torch::kFloat32, " ",
              logits.defined() ? logits.sizes() : at::IntArrayRef{});
  const networks::WithoutAutocast in_full_precision;
  const auto x = widened(logits);
  const bool is_real = target == Target::kReal;
  const auto label = [&] {
    return torch::full_like(x, is_real ? options_.real_label : options_.fake_label);
  };
  torch::Tensor loss;
  switch (options_.type) {
    case GanType::kVanilla:
      loss = at::binary_cross_entropy_with_logits(x, label());
      break;
    case GanType::kLsgan:
      loss = at::mse_loss(x, label());
      break;
    case GanType::kHinge: {
      const auto wrong = is_real ? -x : x;
      loss = player == Player::kGenerator ? wrong.mean() : at::relu(1 + wrong).mean();
      break;
    }
  }
  return player == Player::kGenerator ? options_.loss_weight * loss : loss;
}

}  // namespace vcisr::losses
