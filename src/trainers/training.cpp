// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "trainers/batch_dump.h"
#include "trainers/training_loop.h"
#include "trainers/training_session.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/degradation/recipe_file.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/networks/network.h"
#include "vcisr/trainers/experiment.h"
#include "vcisr/trainers/training_parts.h"

namespace vcisr::trainers {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

data::TrainingBatch first_batch(data::TrainingPairs& pairs, const Config& dataset) {
  pairs.start_epoch(0, 0);
  auto batch = pairs.next();
  if (!batch) throw InputError(dataset.where("dataroot_gt") + ": an epoch has no whole batch");
  return std::move(*batch);
}

/// Pictures of a test and their numbers.
class TestOutput {
 public:
  explicit TestOutput(const TrainOptions& options)
      : options_(options), root_(options.path.results_root / options.name) {
    make_folder(root_);
  }

  void write(const ValidatedPicture& picture) const {
    const std::string suffix =
        options_.validation.suffix.empty() ? options_.name : options_.validation.suffix;
    const fs::path path =
        root_ / "visualization" / picture.dataset / (picture.name + "_" + suffix + ".png");
    make_folder(path.parent_path());
    imaging::write_rgb8(path, picture.restored, {.existing = AtomicFile::Existing::kReplace});
  }

  [[nodiscard]] fs::path log_file() const {
    return root_ / ("test_" + options_.name + "_" + time_stamp() + ".log");
  }

  void write(const std::vector<ValidationPoint>& points) const {
    for (const auto& point : points) {
      std::string line = "measured on " + point.dataset + ":";
      for (const auto& [name, value] : point.metrics) {
        line += " " + name + " " + std::to_string(value);
      }
      log::info(line);
    }
    nlohmann::ordered_json json;
    json["model"] = options_.path.pretrain_network_g;
    for (const auto& point : points) {
      auto& set = json["sets"][point.dataset] = nlohmann::ordered_json::object();
      for (const auto& [name, value] : point.metrics) set[name] = value;
    }
    const std::string text = json.dump(2) + "\n";
    write_file(root_ / "metrics.json",
               {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
               AtomicFile::Existing::kReplace);
  }

 private:
  const TrainOptions& options_;
  fs::path root_;
};

/// Writes pairs of batches as pictures, numbered through.
class PairDump {
 public:
  PairDump(const fs::path& folder, const TrainingSession& session) : folder_(folder) {
    make_folder(folder);
    const auto& pipeline = session.data_context.pipeline;
    if (pipeline == nullptr) return;
    recipe_ =
        degradation::recipe_line(degradation::RecipeHeader{.config = pipeline->yaml(),
                                                           .seed = session.options.seed,
                                                           .scale = session.options.scale,
                                                           .source = pipeline->options().source}) +
        "\n";
  }

  void write(const data::TrainingBatch& batch, std::int64_t i, std::int64_t number) {
    std::array<char, 32> stem{};
    std::snprintf(stem.data(), stem.size(), "%06lld", static_cast<long long>(number));
    const auto save = [&](const torch::Tensor& pictures, const char* what) {
      if (!pictures.defined()) return;
      imaging::write_rgb8(folder_ / (std::string(stem.data()) + what + ".png"), pictures[i],
                          {.existing = AtomicFile::Existing::kReplace});
    };
    save(batch.lq, "_lq");
    save(batch.hq, "_hq");
    save(batch.hq_sharpened, "_hq_sharpened");
    if (batch.pairs.empty()) return;
    recipe_ += recipe_lines(batch.pairs[static_cast<std::size_t>(i)], number, next_group_);
  }

  void finish() const {
    if (recipe_.empty()) return;
    write_file(folder_ / "recipe.jsonl",
               {reinterpret_cast<const std::uint8_t*>(recipe_.data()), recipe_.size()},
               AtomicFile::Existing::kReplace);
  }

 private:
  fs::path folder_;
  std::string recipe_;
  std::int64_t next_group_ = 0;
};

}  // namespace

TrainingSummary run_training(const TrainingJob& job, const TrainingObserver& observer,
                             const std::stop_token& stop) {
  const bool resumes = !state_to_resume(job).empty();
  TrainingSession session(job, resumes ? TrainingSession::Weights::kFromState
                                       : TrainingSession::Weights::kAsTheFileSays);
  TrainingLoop loop(session, job, observer, stop);
  return loop.run();
}

std::string config_in_effect(const TrainingJob& job) {
  return TrainingSession(job, TrainingSession::Weights::kFromState).yaml;
}

TrainingCheck check_training(const TrainingJob& job) {
  TrainingSession session(job, TrainingSession::Weights::kAsTheFileSays);
  TrainingCheck check;
  check.network = job.config.section("network_g").get<std::string>("type");
  check.parameters = networks::count_parameters(session.model->network());
  check.device = session.device.str();
  check.validation_sets = session.validator->names();
  auto begin = Clock::now();
  auto& pairs = *session.pairs;
  const auto batch = first_batch(pairs, session.dataset);
  check.data_seconds = seconds_since(begin);
  check.lq_shape = batch.lq.sizes().vec();
  check.hq_shape = batch.hq.sizes().vec();
  begin = Clock::now();
  const std::array<DeviceBatch, 1> batches = {to_device(batch, session.device)};
  const auto outcome = session.model->step(batches, 0);
  for (const auto& [name, value] : outcome.values) {
    check.losses.emplace_back(name, value.item<double>());
  }
  check.step_seconds = seconds_since(begin);
  return check;
}

std::vector<ValidationPoint> run_test(const TrainingJob& job, const std::stop_token& stop) {
  const auto& options = job.options;
  const auto group = job.group != nullptr ? job.group : single_process_group();
  const auto network = make_network(job.config, options);
  const data::TrainingDataContext context{.scale = options.scale,
                                          .pipeline = read_pipeline(job.config, options.scale)};
  const Validator validator(job.config, options, Validator::Sets::kValAndTest, context);
  if (validator.is_empty()) {
    throw ConfigError(job.config.where("datasets") + ": has no set val or test to measure");
  }
  job.config.expect_all_keys_read();
  if (options.path.pretrain_network_g.empty() && networks::count_parameters(*network) > 0) {
    throw ConfigError(job.config.where("path") +
                      ": pretrain_network_g is missing, the model to test is required");
  }
  load_generator(options.path, *network);
  networks::prepare_for_inference(*network, job.device, torch::kFloat32);
  const TestOutput output(options);
  log::add_file(output.log_file().string());
  const auto keep = [&](const ValidatedPicture& picture) {
    if (options.validation.save_images) output.write(picture);
  };
  const auto points = validator.run(*network, job.device, *group, 0, keep, stop);
  if (group->is_main()) output.write(points);
  return points;
}

std::int64_t dump_pairs(const TrainingJob& job, std::int64_t count, const fs::path& folder,
                        const std::stop_token& stop) {
  TrainingSession session(job, TrainingSession::Weights::kFromState);
  auto& pairs = *session.pairs;
  PairDump dump(folder, session);
  std::int64_t written = 0;
  std::int64_t written_before = 0;  // This epoch.
  std::int64_t epoch = 0;
  pairs.start_epoch(0, 0);
  while (written < count) {
    const auto batch = pairs.next();
    if (!batch) {
      if (written == written_before) break;
      written_before = written;
      pairs.start_epoch(++epoch, 0);
      continue;
    }
    for (std::int64_t i = 0; i < batch->lq.size(0) && written < count; ++i) {
      if (stop.stop_requested()) throw Interrupted();
      dump.write(*batch, i, written);
      ++written;
    }
  }
  dump.finish();
  return written;
}

}  // namespace vcisr::trainers
