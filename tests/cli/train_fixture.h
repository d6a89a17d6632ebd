// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "cli/tool_fixture.h"
#include "data/data_fixtures.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {

/// vcisr-train on small pictures with small networks.
class TrainTest : public ToolTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(path("hq"));
    for (const auto* name : {"hq/a.png", "hq/b.png", "hq/c.png"}) {
      write_picture(path(name), 100, 140);
    }
  }

  /// Pairs of files, from the same scenes.
  void write_pairs() const {
    std::filesystem::create_directories(path("lq"));
    for (const std::string name : {"a.png", "b.png", "c.png"}) {
      const auto hq = imaging::read_rgb8(path("hq/" + name));
      imaging::write_rgb8(path("lq/" + name), made_up_picture(name, 50, 70));
    }
  }

  /// Ends of a training file; the head is the same for all.
  [[nodiscard]] std::string head() const {
    return "name: net\nscale: 2\nnum_gpu: 0\nmanual_seed: 3\npath: {experiments_root: " +
           path("experiments") + "}\n";
  }
  /// Degraded while it trains: noise and real codecs, an epoch of a few batches, shuffled.
  [[nodiscard]] std::string degraded_data() const {
    return R"(
degradation:
  batch_size: 4
  first_batch_size: [2, 3]
  stages:
    - {type: noise}
    - {type: resize_to_lq}
    - {type: clamp}
    - {type: video_compression, group_size: 2, conversion: exact, video_codec: [libx264, mpeg4],
       mpeg2_4_qscale_range: [2, 12], encode_preset: [superfast]}
datasets:
  train: {name: t, type: VCISRDataset, dataroot_gt: )" +
           path("hq") + R"(, gt_size: 32, batch_size_per_gpu: 2, use_hflip: true, use_rot: true,
          num_worker_per_gpu: 1, shuffle_buffer: 5}
)";
  }
  [[nodiscard]] std::string paired_data(int batch) const {
    return "datasets:\n  train: {name: t, type: PairedImageDataset, dataroot_gt: " + path("hq") +
           ", dataroot_lq: " + path("lq") +
           ", gt_size: 32, batch_size_per_gpu: " + std::to_string(batch) +
           ", num_worker_per_gpu: 1, dataset_enlarge_ratio: 8}\n";
  }
  [[nodiscard]] static std::string pixel_network(std::int64_t steps) {
    return "network_g: {type: srvgg_compact, num_feat: 16, num_conv: 2}\n"
           "train:\n  total_iter: " +
           std::to_string(steps) +
           "\n  ema_decay: 0.9\n"
           "  optim_g: {type: Adam, lr: 1e-3}\n"
           "  scheduler: {type: MultiStepLR, milestones: [5, 12], gamma: 0.5}\n"
           "  pixel_opt: {type: L1Loss}\n";
  }
  /// A GRL with drop-path, so that the networks' own random numbers count as well.
  [[nodiscard]] static std::string gan_networks(std::int64_t steps) {
    return "network_g: {type: grl, embed_dim: 16, depths: [2], num_heads_window: [1], "
           "num_heads_stripe: [1], window_size: 8, stripe_size: [8, 8], stripe_groups: [0, 0], "
           "anchor_window_down_factor: 2, mlp_ratio: 2, upsampler: pixelshuffledirect, "
           "drop_path_rate: 0.3, local_connection: false}\n"
           "network_d: {type: UNetDiscriminatorSN, num_feat: 4}\n"
           "train:\n  total_iter: " +
           std::to_string(steps) +
           "\n  optim_g: {type: Adam, lr: 1e-3}\n"
           "  optim_d: {type: Adam, lr: 1e-3}\n"
           "  pixel_opt: {type: L1Loss}\n"
           "  gan_opt: {type: GANLoss, gan_type: vanilla, loss_weight: 0.1}\n";
  }
  [[nodiscard]] static std::string logger(int save_every) {
    return "logger: {print_freq: 1, save_checkpoint_freq: " + std::to_string(save_every) + "}\n";
  }

  [[nodiscard]] SubprocessResult train(std::vector<std::string> arguments) const {
    return tool("vcisr-train", std::move(arguments));
  }

  /// Tensors of a state or model, by name.
  [[nodiscard]] tensorfile::Checkpoint tensors(const std::string& file) const {
    return tensorfile::read_checkpoint(path(file));
  }
};

inline void expect_equal_tensors(const tensorfile::Checkpoint& a, const tensorfile::Checkpoint& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    const auto* const other = b.find(name);
    ASSERT_NE(other, nullptr) << name;
    EXPECT_TRUE(torch::equal(tensor, *other)) << name;
  }
}

}  // namespace vcisr::tests
