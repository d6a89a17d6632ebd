// SPDX-License-Identifier: Apache-2.0
#include "trainers/training_session.h"

#include <algorithm>
#include <utility>

#include <ATen/Context.h>

#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/device.h"
#include "vcisr/trainers/training_parts.h"

namespace vcisr::trainers {
namespace {

void set_determinism(const TrainOptions& options) {
  auto& context = at::globalContext();
  context.setDeterministicCuDNN(options.deterministic);
  context.setBenchmarkCuDNN(!options.deterministic);
  context.setDeterministicAlgorithms(options.deterministic, /*warn_only=*/true);
}

}  // namespace

std::shared_ptr<const degradation::Pipeline> read_pipeline(const Config& config,
                                                           std::int64_t scale) {
  using degradation::Pipeline;
  for (const char* const key : {"degradation", "degradations"}) {
    if (config.kind(key) == Config::Kind::kScalar) {
      return std::make_shared<const Pipeline>(
          Pipeline::load(config.get<std::string>(key), {"scale=" + std::to_string(scale)}));
    }
    if (const auto section = config.find_section(key)) {
      return std::make_shared<const Pipeline>(*section, scale);
    }
  }
  static const std::vector<std::string> kReadElsewhere = {
      "type",    "scale",      "source",       "l1_gt_usm",  "percep_gt_usm",
      "gt_size", "gan_gt_usm", "augment_prob", "queue_size", "decide_per"};
  std::vector<std::string> keys;
  for (const auto& key : degradation::flat_keys()) {
    if (std::find(kReadElsewhere.begin(), kReadElsewhere.end(), key) == kReadElsewhere.end()) {
      keys.push_back(key);
    }
  }
  std::vector<Config> places = {config};
  const auto datasets = config.section("datasets");
  if (datasets.kind("train") == Config::Kind::kSection) {
    places.push_back(datasets.section("train"));
  }
  const auto gathered = Config::gather(places, keys);
  if (gathered.keys().empty()) return nullptr;
  return std::make_shared<const Pipeline>(gathered, scale);
}

torch::Device training_device(const TrainOptions& options, int local_rank) {
  if (options.device == "cpu") return torch::kCPU;
  const auto gpus = ops::cuda_devices();
  if (gpus.empty()) return torch::kCPU;
  const auto count = static_cast<int>(gpus.size());
  if (local_rank >= count) {
    throw DeviceError("process " + std::to_string(local_rank) +
                      " of this machine has no GPU: " + std::to_string(count) + " found");
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank)};
}

DeviceBatch to_device(const data::TrainingBatch& batch, const torch::Device& device) {
  // 8 bits travel, a quarter of the bytes.
  const auto place = [&device](const torch::Tensor& samples) {
    if (!samples.defined()) return samples;
    if (device.is_cpu()) return imaging::to_float(samples);
    return samples.pin_memory().to(device, /*non_blocking=*/true).to(torch::kFloat32).div_(255);
  };
  return {.lq = place(batch.lq), .hq = place(batch.hq), .hq_sharpened = place(batch.hq_sharpened)};
}

TrainingSession::TrainingSession(const TrainingJob& job, Weights weights)
    : options(job.options),
      device(job.device),
      group(job.group != nullptr ? job.group : single_process_group()),
      dataset(job.config.section("datasets").section("train")) {
  const Config& config = job.config;
  set_determinism(options);
  torch::manual_seed(options.seed);
  auto parts = make_training_parts(config, options);
  data_context = {.scale = options.scale,
                  .pipeline = read_pipeline(config, options.scale),
                  .needs_sharpened = false,
                  .seed = options.seed,
                  .rank = group->rank(),
                  .world = group->world()};
  std::int64_t patch_size = 0;  // Real-ESRGAN's files have it at the top.
  if (config.has("gt_size") && config.read("gt_size", patch_size)) {
    data_context.patch_size = patch_size;
  }
  validator = std::make_unique<Validator>(config, options, Validator::Sets::kVal, data_context);
  if (weights == Weights::kAsTheFileSays) load_pretrained(options, parts);
  model = std::make_unique<TrainingModel>(std::move(parts), options, device, group);
  data_context.needs_sharpened = model->needs_sharpened();
  pairs = data::make_training_pairs(dataset, data_context);
  config.expect_all_keys_read();
  yaml = config.dump();
}

}  // namespace vcisr::trainers
