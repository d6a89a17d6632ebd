// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_state.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/hash_rule.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPixel = R"(
name: net
scale: 2
datasets: {train: {type: PairedImageDataset}}
network_g: {type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2}
train:
  total_iter: 100
  ema_decay: 0.9
  optim_g: {type: Adam, lr: 1e-3}
  pixel_opt: {type: L1Loss}
)";

constexpr const char* kGan = R"(
name: net
scale: 2
datasets: {train: {type: PairedImageDataset}}
network_g: {type: grl, scale: 2, embed_dim: 16, depths: [2], num_heads_window: [1], num_heads_stripe: [1],
            window_size: 8, stripe_size: [8, 8], stripe_groups: [0, 0], anchor_window_down_factor: 2, mlp_ratio: 2,
            upsampler: pixelshuffledirect, drop_path_rate: 0.3, local_connection: false}
network_d: {type: UNetDiscriminatorSN, num_feat: 4}
train:
  total_iter: 100
  optim_g: {type: AdamW, lr: 1e-3}
  optim_d: {type: Adam, lr: 1e-3}
  pixel_opt: {type: L1Loss}
  gan_opt: {type: GANLoss, gan_type: vanilla, loss_weight: 0.1}
)";

std::unique_ptr<TrainingModel> make_model(const char* yaml) {
  const auto config = Config::parse(yaml);
  const auto options = read_train_options(config);
  torch::manual_seed(7);
  return std::make_unique<TrainingModel>(make_training_parts(config, options), options, torch::kCPU,
                                         single_process_group());
}

void train(TrainingModel& model, std::int64_t from, std::int64_t to) {
  for (auto step = from; step < to; ++step) {
    const std::string number = std::to_string(step);
    const std::vector<DeviceBatch> batches = {
        {.lq = tests::hash_image("lq" + number, {2, 3, 16, 16}),
         .hq = tests::hash_image("hq" + number, {2, 3, 32, 32})}};
    ASSERT_TRUE(model.step(batches, step).is_finite);
  }
}

/// Bytes of every tensor that training changes.
std::vector<std::pair<std::string, std::vector<std::uint8_t>>> bytes_of(
    const TrainingModel& model) {
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> all;
  for (const auto& [name, tensor] : model.state()) {
    const auto flat = tensor.contiguous();
    const auto* data = static_cast<const std::uint8_t*>(flat.data_ptr());
    all.emplace_back(name, std::vector<std::uint8_t>(data, data + flat.nbytes()));
  }
  return all;
}

class TrainingState : public ::testing::TestWithParam<const char*> {
 protected:
  tests::TempFolder folder_;
};

TEST_P(TrainingState, GoesOnBitForBit) {
  const auto whole = make_model(GetParam());
  train(*whole, 0, 10);

  const auto first = make_model(GetParam());
  train(*first, 0, 5);
  TrainingPosition position{.step = 5, .data = {{2, 3}, {1, 4}}, .seed = 11, .skipped_steps = 1};
  position.seconds = 12.5;
  position.best["Set5/psnr"] = {30.25, 4};
  position.scaler = first->scaler_state();
  write_training_state(folder_ / "5.state", *first, position);

  const auto second = make_model(GetParam());
  train(*second, 0, 1);  // Elsewhere than at the start, to be overwritten.
  EXPECT_EQ(read_training_state(folder_ / "5.state", *second), position);
  EXPECT_EQ(bytes_of(*second), bytes_of(*first));
  train(*second, 5, 10);
  EXPECT_EQ(bytes_of(*second), bytes_of(*whole));
}

INSTANTIATE_TEST_SUITE_P(BothStages, TrainingState, ::testing::Values(kPixel, kGan),
                         [](const auto& stage) { return stage.index == 0 ? "Pixel" : "Gan"; });

template <class Body>
std::string refusal(Body body) {
  try {
    body();
  } catch (const CheckpointError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no CheckpointError";
  return "";
}

TEST(TrainingStateErrors, NameTheFileAndWhatIsWrong) {
  const tests::TempFolder folder;
  const auto model = make_model(kPixel);
  const auto path = folder / "5.state";
  write_training_state(path, *model, {});

  EXPECT_THAT(refusal([&] { (void)read_training_state(folder / "6.state", *model); }),
              StartsWith((folder / "6.state").string()));
  const auto other = make_model(kGan);
  EXPECT_THAT(refusal([&] { (void)read_training_state(path, *other); }),
              HasSubstr("network_g does not fit"));

  auto bytes = read_file(path);
  bytes.resize(bytes.size() / 2);
  write_file(folder / "7.state", bytes, AtomicFile::Existing::kReplace);
  EXPECT_THAT(refusal([&] { (void)read_training_state(folder / "7.state", *model); }),
              StartsWith((folder / "7.state").string()));

  auto file = tensorfile::read_checkpoint(path);
  file.metadata["vcisr_training_state"] = "{\"version\": 1, \"step\": -3}";
  tensorfile::write_safetensors(folder / "8.state", file, true);
  EXPECT_THAT(refusal([&] { (void)read_training_state(folder / "8.state", *model); }),
              HasSubstr("is damaged"));
  file.metadata.clear();
  tensorfile::write_safetensors(folder / "9.state", file, true);
  EXPECT_THAT(refusal([&] { (void)read_training_state(folder / "9.state", *model); }),
              HasSubstr("is no training state"));
}

TEST(CheckpointWriterFiles, AreBasicSrsAndOnlyTheLastAreKept) {
  const tests::TempFolder folder;
  auto options = read_train_options(Config::parse(kPixel));
  options.path.experiments_root = folder / "experiments";
  options.logger.keep_last = 2;
  const ExperimentFolder experiment(options, ExperimentFolder::Start::kFresh);
  const auto model = make_model(kPixel);
  const CheckpointWriter writer(experiment, options, "hash");
  for (const std::int64_t step : {5, 10, 15}) writer.save(*model, {.step = step});
  writer.save_latest(*model, {.step = 15});
  EXPECT_FALSE(fs::exists(experiment.states() / "5.state"));
  EXPECT_FALSE(fs::exists(experiment.models() / "net_g_5.pth"));
  for (const auto* name : {"net_g_10.pth", "net_g_15.pth", "net_g_latest.pth"}) {
    EXPECT_TRUE(fs::exists(experiment.models() / name)) << name;
  }
  const auto averaged = tensorfile::read_checkpoint(experiment.models() / "net_g_15.pth");
  EXPECT_EQ(averaged.wrapper, "params_ema");
  EXPECT_EQ(averaged.metadata.at("training_step"), "15");
  EXPECT_EQ(averaged.metadata.at("architecture"), "srvgg_compact");
  const auto plain = tensorfile::read_checkpoint(experiment.models() / "net_g_15.pth",
                                                 {.preferred_wrapper = "params"});
  EXPECT_EQ(plain.tensors.size(), averaged.tensors.size());
}

}  // namespace
}  // namespace vcisr::trainers
