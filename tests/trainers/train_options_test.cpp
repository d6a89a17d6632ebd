// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/train_options.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"

namespace vcisr::trainers {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead = R"(
name: net
model_type: SRModel
scale: 2
datasets: {train: {type: PairedImageDataset, batch_size_per_gpu: 4}}
)";
constexpr const char* kTrain = "train: {total_iter: 5e3, pixel_opt: {type: L1Loss}}\n";

std::string error_of(const std::string& yaml) {
  try {
    (void)read_train_options(Config::parse(yaml, "c.yaml"));
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no ConfigError";
  return "";
}

TEST(TrainOptions, ReadsBasicSrsKeys) {
  const auto options = read_train_options(Config::parse(std::string(kHead) + R"(
manual_seed: 10
use_amp: true
amp_bf16: true
num_gpu: 0
train: {total_iter: !!float 4e5, ema_decay: 0.999, grad_clip: true, grad_clip_max_norm: 0.5,
        pixel_opt: {type: L1Loss}}
val: {val_freq: !!float 5e3, save_img: true, tile_size: 64, tile_overlap: 8}
logger: {print_freq: 10, save_checkpoint_freq: 50, save_checkpoint_format: safetensors,
         use_tb_logger: false, keep_last: 3}
path: {pretrain_network_g: a.pth, param_key_g: params, strict_load_g: false,
       experiments_root: here}
dist_params: {backend: nccl, port: 29501}
)"));
  EXPECT_EQ(options.name, "net");
  EXPECT_EQ(options.total_steps, 400'000);
  EXPECT_EQ(options.seed, 10U);
  EXPECT_EQ(options.precision, MixedPrecision::kBfloat16);
  EXPECT_EQ(options.device, "cpu");
  EXPECT_DOUBLE_EQ(options.ema_decay, 0.999);
  EXPECT_DOUBLE_EQ(options.gradient_limit.value(), 0.5);
  EXPECT_EQ(options.validation.interval, 5000);
  EXPECT_EQ(options.validation.tile_px, 64);
  EXPECT_EQ(options.validation.halo_px, 8);
  EXPECT_EQ(options.logger.save_interval, 50);
  EXPECT_EQ(options.logger.format, CheckpointFormat::kSafetensors);
  EXPECT_FALSE(options.logger.tensorboard);
  EXPECT_EQ(options.path.experiments_root, "here");
  EXPECT_FALSE(options.path.strict_load_g);
  EXPECT_EQ(options.rendezvous_port.value(), 29501);
  EXPECT_FALSE(options.has_discriminator);
  EXPECT_FALSE(options.sharpened.pixel);
}

TEST(TrainOptions, PublishedDataSetsHaveSharpenedTargets) {
  auto yaml = std::string(kHead) + kTrain;
  yaml.replace(yaml.find("PairedImageDataset"), 18, "VCISRDataset");
  const auto options = read_train_options(Config::parse(yaml));
  EXPECT_TRUE(options.sharpened.pixel);
  EXPECT_TRUE(options.sharpened.perceptual);
  EXPECT_FALSE(options.sharpened.real);
  EXPECT_FALSE(read_train_options(Config::parse(yaml + "l1_gt_usm: false\n")).sharpened.pixel);
}

TEST(TrainOptions, DebugPrintsAndSavesOften) {
  const auto yaml = std::string(kHead) + kTrain + "val: {val_freq: 5000}\n";
  const auto options = read_train_options(Config::parse(yaml), DebugMode::kOn);
  EXPECT_EQ(options.name, "debug_net");
  EXPECT_EQ(options.validation.interval, 8);
  EXPECT_EQ(options.logger.print_interval, 1);
  EXPECT_EQ(options.logger.save_interval, 8);
  EXPECT_FALSE(options.logger.tensorboard);
}

TEST(TrainOptions, ErrorsNameFileLineAndKey) {
  EXPECT_THAT(error_of(std::string(kHead) + "train: {pixel_opt: {type: L1Loss}}\n"),
              HasSubstr("c.yaml:6: train.total_iter: is missing"));
  EXPECT_THAT(error_of(std::string(kHead) + "train: {total_iter: 10, gan_opt: {type: GANLoss}}\n"),
              HasSubstr("model_type: SRModel has no discriminator"));
  auto gan = std::string(kHead) + kTrain;
  gan.replace(gan.find("SRModel"), 7, "RealESRGANModel");
  EXPECT_THAT(error_of(gan), HasSubstr("train.gan_opt is missing"));
  gan.replace(gan.find("RealESRGANModel"), 15, "RealESRGANModle");
  EXPECT_THAT(error_of(gan), HasSubstr("did you mean 'RealESRGANModel'?"));
  auto name = std::string(kHead) + kTrain;
  name.replace(name.find("net"), 3, "../x");
  EXPECT_THAT(error_of(name), HasSubstr("is no name of a folder"));
  EXPECT_THAT(error_of(std::string(kHead) + kTrain + "num_gpu: many\n"),
              HasSubstr("c.yaml:7: num_gpu: 'many'"));
}

TEST(LoadTrainConfig, GivesTheNetworkTheScaleAndAcceptsForeignKeys) {
  const tests::TempFolder folder;
  std::ofstream(folder / "c.yaml") << kHead << kTrain << R"(
network_g: {type: SRVGGNetCompact, num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_conv: 2, upscale: 2, act_type: prelu}
find_unused_parameters: false
use_compile: false
logger: {wandb: {project: ~, resume_id: ~}}
)";
  const tests::ExpectedWarnings warnings;
  const auto config = load_train_config(folder / "c.yaml", {"train.total_iter=10"});
  EXPECT_EQ(networks::registry().make(config.section("network_g"))->scale(), 2);
  EXPECT_EQ(read_train_options(config).total_steps, 10);
  ASSERT_EQ(warnings.messages().size(), 1U);
  EXPECT_THAT(warnings.messages()[0], HasSubstr("use_compile"));
  std::ofstream(folder / "d.yaml") << kHead << kTrain << "network_g: {type: RRDBNet, num_in_ch: 4}";
  EXPECT_THROW((void)load_train_config(folder / "d.yaml", {}), ConfigError);
}

}  // namespace
}  // namespace vcisr::trainers
