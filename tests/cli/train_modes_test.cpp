// SPDX-License-Identifier: Apache-2.0
// What a training leaves behind, and what vcisr-train does instead of training.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/train_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class TrainModes : public TrainTest {
 protected:
  [[nodiscard]] std::string validation() const {
    return R"(
  val: {name: small, type: PairedImageDataset, dataroot_gt: )" +
           path("hq") + ", dataroot_lq: " + path("lq") + R"(}
val:
  val_freq: 2
  save_img: true
  metrics:
    psnr: {type: calculate_psnr, crop_border: 2, test_y_channel: false}
    ssim: {type: calculate_ssim, crop_border: 2, test_y_channel: false}
)";
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& of) const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(path(of))) {
      result.push_back(entry.path().filename().string());
    }
    std::sort(result.begin(), result.end());
    return result;
  }
};

TEST_F(TrainModes, ATrainingLeavesWhatBasicSrLeaves) {
  write_pairs();
  write(path("c.yaml"), head() + paired_data(2) + validation() + pixel_network(4) + logger(2));
  const auto result = train({"-opt", path("c.yaml"), "--report", path("report.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(names("experiments/net/models"),
            (std::vector<std::string>{"net_g_2.pth", "net_g_4.pth", "net_g_best.pth",
                                      "net_g_latest.pth"}));
  EXPECT_EQ(names("experiments/net/training_states"),
            (std::vector<std::string>{"2.state", "4.state"}));
  for (const auto* file : {"c.yaml", "metrics.jsonl", "report.html", "visualization/a/a_2.png",
                           "visualization/c/c_4.png"}) {
    EXPECT_TRUE(fs::exists(path(std::string("experiments/net/") + file))) << file;
  }
  EXPECT_EQ(names("tb_logger/net").size(), 1U);
  EXPECT_THAT(contents(path("experiments/net/c.yaml")),
              AllOf(HasSubstr("# CMD:"), HasSubstr("crop_border: 2")));
  EXPECT_THAT(result.err, HasSubstr("[net..][epoch:  0, iter:       1, lr:(1.000e-03,)] [eta: "));
  EXPECT_THAT(result.err, HasSubstr("l_g_pix: "));
  const auto report = nlohmann::json::parse(contents(path("report.json")));
  EXPECT_EQ(report["steps"], 4);
  EXPECT_GT(report["validation"]["small"]["psnr"].get<double>(), 5);
  // The model works in vcisr-infer, and Python's torch reads both of its dicts.
  const auto restored =
      tool("vcisr-infer", {path("lq/a.png"), "-m", path("experiments/net/models/net_g_latest.pth"),
                           "-o", path("restored.png")});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(imaging::read_rgb8(path("restored.png")).size(1), 100);
  // Again: what was there is kept under another name.
  ASSERT_EQ(train({"--config", path("c.yaml")}).exit_code, 0);
  EXPECT_THAT(names("experiments")[1], MatchesRegex("net_archived_20[0-9_]+"));
}

TEST_F(TrainModes, CheckTakesOneStepAndWritesNothing) {
  write(path("c.yaml"), head() + degraded_data() + gan_networks(4) + logger(2));
  const auto before = folder_.names();
  const auto result = train({"--config", path("c.yaml"), "--check"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("lq 2x3x16x16, hq 2x3x32x32"), HasSubstr("l_g_gan"),
                                HasSubstr("l_d_fake")));
  EXPECT_EQ(folder_.names(), before);
}

TEST_F(TrainModes, PrintedConfigurationReadsBackTheSame) {
  write(path("c.yaml"), head() + degraded_data() + pixel_network(4) + logger(2));
  const auto first = train({"--config", path("c.yaml"), "--print-config"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("use_amp: false  # default"));
  write(path("d.yaml"), first.out);
  const auto second = train({"--config", path("d.yaml"), "--print-config"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const auto without_marks = [](std::string text) {
    for (std::size_t at = 0; (at = text.find("  # default")) != std::string::npos;) {
      text.erase(at, 11);
    }
    return text;
  };
  EXPECT_EQ(without_marks(first.out), without_marks(second.out));
}

TEST_F(TrainModes, DumpedPairsAreThoseOfTraining) {
  write(path("c.yaml"), head() + degraded_data() + pixel_network(4) + logger(2));
  const auto result =
      train({"--config", path("c.yaml"), "--dump-degraded", "5", "-o", path("look")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(imaging::read_rgb8(path("look/000004_lq.png")).size(1), 16);
  EXPECT_EQ(imaging::read_rgb8(path("look/000004_hq.png")).size(1), 32);
  EXPECT_TRUE(fs::exists(path("look/000004_hq_sharpened.png")));
  const auto recipe = contents(path("look/recipe.jsonl"));
  EXPECT_THAT(recipe, HasSubstr("vcisr_recipe"));
  EXPECT_THAT(recipe, HasSubstr("\"type\":\"video_compression\""));
  EXPECT_FALSE(fs::exists(path("experiments")));
}

TEST_F(TrainModes, TestMeasuresWithoutASectionForTraining) {
  write_pairs();
  write(path("c.yaml"),
        "name: t\nscale: 2\nnum_gpu: 0\nnetwork_g: {type: bicubic}\npath: "
        "{results_root: " +
            path("results") + "}\ndatasets:" + validation());
  const auto result = train({"--config", path("c.yaml"), "--test", "--report", path("r.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("small  psnr "));
  EXPECT_TRUE(fs::exists(path("results/t/visualization/small/b_t.png")));
  const auto report = nlohmann::json::parse(contents(path("r.json")));
  const auto kept = nlohmann::json::parse(contents(path("results/t/metrics.json")));
  EXPECT_EQ(report["sets"], kept["sets"]);
  // A second time over the first one's pictures, with a log of each.
  EXPECT_EQ(train({"--config", path("c.yaml"), "--test"}).exit_code, 0);
  EXPECT_THAT(contents(path("results/t/") + names("results/t")[1]), HasSubstr("measured on small"));
}

TEST_F(TrainModes, DebugNamesAndSavesAsBasicSrDoes) {
  write_pairs();
  write(path("c.yaml"), head() + paired_data(2) + pixel_network(8));
  const auto result = train(
      {"-opt", path("c.yaml"), "--debug", "--force_yml", "train:ema_decay=0.5", "manual_seed=4"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(path("experiments/debug_net/training_states/8.state")));
  EXPECT_FALSE(fs::exists(path("tb_logger")));
  EXPECT_THAT(contents(path("experiments/debug_net/c.yaml")), HasSubstr("ema_decay: 0.5"));
  EXPECT_THAT(result.err, HasSubstr("seed 4"));
}

TEST_F(TrainModes, SafetensorsHoldTheAveragedWeights) {
  write_pairs();
  write(path("c.yaml"), head() + paired_data(2) + pixel_network(3) +
                            "logger: {save_checkpoint_freq: 3, save_checkpoint_format: "
                            "safetensors, use_tb_logger: false}\n");
  ASSERT_EQ(train({"--config", path("c.yaml")}).exit_code, 0);
  const auto model = tensors("experiments/net/models/net_g_latest.safetensors");
  const auto state = tensors("experiments/net/training_states/3.state");
  EXPECT_EQ(model.metadata.at("weights"), "params_ema");
  for (const auto& [name, tensor] : model.tensors) {
    EXPECT_TRUE(torch::equal(tensor, *state.find("ema." + name))) << name;
  }
}

/// The files that the project brings, on three pictures.
class ShippedConfigs : public TrainModes, public ::testing::WithParamInterface<const char*> {};

TEST_P(ShippedConfigs, AreReadWithoutComplaint) {
  write_pairs();
  const std::string name = GetParam();
  std::vector<std::string> arguments = {
      "--config", std::string(VCISR_SOURCE_DIR) + "/configs/train/" + name + ".yaml",
      "--print-config", "--set", "datasets.train.dataroot_gt=" + path("hq"), "--set", "num_gpu=0",
      "--set", "path.pretrain_network_g=~",
      // VGG19's weights are not here.
      "--set", "train.perceptual_opt=~"};
  if (name.starts_with("paired")) {
    arguments.insert(arguments.end(), {"--set", "datasets.train.dataroot_lq=" + path("lq"), "--set",
                                       "datasets.train.gt_size=32"});
  }
  const auto result = train(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("warning")));
}

TEST_F(TrainModes, WhatUpstreamFilesSayBesidesIsAccepted) {
  // Real-ESRGAN's own files have these; traiNNer's a list of losses, and metrics that are not ours.
  const auto real_esrgan = train({"--config",
                                  VCISR_SOURCE_DIR "/configs/train/real_esrgan_x4_net.yaml",
                                  "--print-config",
                                  "--set",
                                  "datasets.train.dataroot_gt=" + path("hq"),
                                  "--set",
                                  "datasets.train.gt_size=~",
                                  "--set",
                                  "gt_size=64",
                                  "--set",
                                  "queue_size=180",
                                  "--set",
                                  "datasets.train.dataset_enlarge_ratio=5",
                                  "--set",
                                  "datasets.train.io_backend={type: disk}",
                                  "--set",
                                  "datasets.train.meta_info=~",
                                  "--set",
                                  "datasets.train.use_shuffle=true",
                                  "--set",
                                  "datasets.train.prefetch_mode=~",
                                  "--set",
                                  "dist_params={backend: nccl, port: 29500}",
                                  "--set",
                                  "logger.wandb={project: ~, resume_id: ~}"});
  EXPECT_EQ(real_esrgan.exit_code, 0) << real_esrgan.err;
  EXPECT_THAT(real_esrgan.err, HasSubstr("dataset_enlarge_ratio"));

  write_pairs();
  write(path("t.yaml"),
        R"(
name: t
scale: 2
num_gpu: 0
use_amp: false
amp_bf16: true
use_channels_last: true
fast_matmul: false
datasets:
  train: {name: t, type: paireddataset, dataroot_gt: [)" +
            path("hq") + "], dataroot_lq: [" + path("lq") +
            R"(], lq_size: 16, use_hflip: true, use_rot: true, num_worker_per_gpu: 1,
          batch_size_per_gpu: 2, accum_iter: 2}
network_g: {type: compact, num_feat: 8, num_conv: 2}
path: {pretrain_network_g: ~, strict_load_g: false, resume_state: ~}
train:
  ema_decay: 0.999
  ema_power: 0.75
  grad_clip: true
  optim_g: {type: AdamW, lr: !!float 1e-4, weight_decay: 0.01, betas: [0.9, 0.99]}
  scheduler: {type: MultiStepLR, milestones: [60000, 120000], gamma: 0.5}
  total_iter: 500000
  warmup_iter: -1
  losses:
    - {type: charbonnierloss, loss_weight: 1.0}
    - {type: l1loss, loss_weight: 0.5}
val: {val_enabled: false, val_freq: 1000, save_img: true, tile_size: 0, tile_overlap: 8, metrics_enabled: false,
      metrics: {psnr: {type: calculate_psnr, crop_border: 4}, lpips: {type: calculate_lpips, crop_border: 4, better: lower}}}
logger: {print_freq: 100, save_checkpoint_freq: 1000, save_checkpoint_format: safetensors, use_tb_logger: true}
)");
  const auto trainner = train({"--config", path("t.yaml"), "--check"});
  EXPECT_EQ(trainner.exit_code, 0) << trainner.err;
  EXPECT_THAT(trainner.out, AllOf(HasSubstr("l_g_charbonnier"), HasSubstr("l_g_l1")));
}

INSTANTIATE_TEST_SUITE_P(All, ShippedConfigs,
                         ::testing::Values("vcisr_grl_small_x4_l1", "vcisr_grl_small_x4_gan",
                                           "vcisr_paper_x4_l1", "vcisr_paper_x4_gan",
                                           "real_esrgan_x4_net", "paired_x4", "cpu_small_x2"),
                         [](const auto& item) { return std::string(item.param); });

}  // namespace
}  // namespace vcisr::tests
