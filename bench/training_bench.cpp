// SPDX-License-Identifier: Apache-2.0
// One training step of VCISR's two stages, data not counted:
//   vcisr-bench --benchmark_filter=^training
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "bench.h"
#include "vcisr/core/config.h"
#include "vcisr/ops/device.h"
#include "vcisr/trainers/training_model.h"

namespace vcisr::bench {
namespace {

using trainers::DeviceBatch;
using trainers::MixedPrecision;
using trainers::TrainingModel;

constexpr std::int64_t kLq = 90;  // VCISR's patches.
constexpr std::int64_t kScale = 4;

struct Stage {
  std::string name;
  bool has_discriminator;
  std::int64_t batch;
};

/// VGG19's weights are not needed to know what it costs: the second stage is timed without it.
std::unique_ptr<TrainingModel> make_model(const Stage& stage, MixedPrecision precision,
                                          const torch::Device& device) {
  torch::manual_seed(1);
  trainers::TrainingParts parts;
  parts.network_yaml = "{type: vcisr_small_x4}";
  parts.network = networks::registry().make(Config::parse(parts.network_yaml));
  parts.pixel.push_back({"l_g_pix", losses::pixel_losses().make(Config::parse("{type: L1}"))});
  parts.learning_rate = trainers::constant_rate(2e-4);
  if (stage.has_discriminator) {
    parts.discriminator =
        networks::discriminators().make(Config::parse("{type: unet_discriminator_sn}"));
    parts.gan.emplace(losses::GanOptions{.loss_weight = 0.1});
    parts.discriminator_learning_rate = trainers::constant_rate(1e-4);
  }
  trainers::TrainOptions options;
  options.precision = precision;
  return std::make_unique<TrainingModel>(std::move(parts), options, device,
                                         trainers::single_process_group());
}

void register_step(const Stage& stage, MixedPrecision precision, const torch::Device& device,
                   int threads) {
  const std::string name = "training/" + stage.name + "/batch:" + std::to_string(stage.batch) +
                           (precision == MixedPrecision::kNone ? "/fp32/" : "/bf16/") +
                           device.str() +
                           (device.is_cpu() ? "/threads:" + std::to_string(threads) : "");
  const auto batch = stage.batch;
  register_timed(
      {.name = name,
       .device = device,
       .threads = threads,
       .prepare =
           [stage, precision, device] {
             std::shared_ptr<TrainingModel> model = make_model(stage, precision, device);
             const auto hq = torch::rand({stage.batch, 3, kScale * kLq, kScale * kLq}, device);
             const std::vector<DeviceBatch> batches = {
                 {.lq = torch::rand({stage.batch, 3, kLq, kLq}, device), .hq = hq}};
             auto step = std::make_shared<std::int64_t>(0);
             return [model, batches, step] { (void)model->step(batches, (*step)++); };
           },
       .finish =
           [batch](benchmark::State& state, double seconds) {
             state.counters["pairs/s"] = static_cast<double>(batch) / seconds;
           }});
}

}  // namespace

void register_training_benchmarks() {
  const std::vector<Stage> stages = {{"vcisr_l1", false, 1}, {"vcisr_gan", true, 1}};
  for (const auto& stage : stages) {
    for (const auto precision : {MixedPrecision::kNone, MixedPrecision::kBfloat16}) {
      register_step(stage, precision, torch::kCPU, thread_counts().back());
    }
  }
  for (const auto& gpu : ops::cuda_devices()) {
    const torch::Device device(torch::kCUDA, static_cast<c10::DeviceIndex>(gpu.index));
    register_step({"vcisr_l1", false, 12}, MixedPrecision::kBfloat16, device, 1);
    register_step({"vcisr_gan", true, 6}, MixedPrecision::kBfloat16, device, 1);
  }
}

}  // namespace vcisr::bench
