// SPDX-License-Identifier: Apache-2.0
// That training learns at all: a network of EDSR's width learns four patches by heart.
#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "vcisr/trainers/training_model.h"

namespace vcisr::trainers {
namespace {

constexpr const char* kConfig = R"(
name: overfit
scale: 2
datasets: {train: {type: PairedImageDataset}}
network_g: {type: srvgg_compact, num_feat: 64, num_conv: 16, skip: bicubic, scale: 2}
train:
  total_iter: 300
  warmup_iter: 10
  optim_g: {type: Adam, lr: 1e-3}
  scheduler: {type: CosineAnnealingRestartLR, periods: [300], eta_min: 1e-6}
  pixel_opt: {type: L1Loss}
)";

/// Slanted stripes with soft edges, of other widths and colours in each patch: lq lacks half of
/// what makes an edge.
DeviceBatch four_patches() {
  const auto x = torch::arange(24, torch::kFloat32).view({1, 24});
  const auto y = torch::arange(24, torch::kFloat32).view({24, 1});
  std::vector<torch::Tensor> hq;
  for (int i = 0; i < 4; ++i) {
    std::vector<torch::Tensor> channels;
    for (int c = 0; c < 3; ++c) {
      const auto phase = 0.35 * x * (1 + 0.3 * i) + 0.2 * y * (i - 1.5) + c;
      channels.push_back(0.5 + (0.16 - 0.04 * c) * torch::tanh(3 * torch::sin(phase)));
    }
    hq.push_back(torch::stack(channels));
  }
  const auto pictures = torch::stack(hq);
  return {.lq = torch::avg_pool2d(pictures, 2), .hq = pictures};
}

TEST(Overfit, ThreeHundredStepsOnFourPatchesReachFortyDecibels) {
  const auto config = Config::parse(kConfig);
  const auto options = read_train_options(config);
  torch::manual_seed(1);
  auto parts = make_training_parts(config, options);
  const auto network = parts.network;
  TrainingModel model(std::move(parts), options, torch::kCPU, single_process_group());
  const std::vector<DeviceBatch> batches = {four_patches()};
  const auto psnr_db = [&] {
    const torch::NoGradGuard no_grad;
    const auto restored = network->forward(batches[0].lq.unsqueeze(1)).squeeze(1).clamp(0, 1);
    return -10 * std::log10((restored - batches[0].hq).square().mean().item<double>());
  };
  const double before = psnr_db();
  for (std::int64_t step = 0; step < options.total_steps; ++step) (void)model.step(batches, step);
  const double after = psnr_db();
  std::printf("[ measured ] %.1f dB before, %.1f dB after\n", before, after);
  EXPECT_LT(before, 35);
  EXPECT_GE(after, 40);
}

}  // namespace
}  // namespace vcisr::trainers
