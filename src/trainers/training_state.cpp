// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_state.h"

#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "vcisr/core/error.h"
#include "vcisr/core/version.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {
namespace {

constexpr const char* kKey = "vcisr_training_state";
constexpr const char* kChecksum = "xxh3_of_tensors";
constexpr int kVersion = 1;

std::string to_json(const TrainingPosition& position) {
  nlohmann::ordered_json best = nlohmann::ordered_json::object();
  for (const auto& [label, record] : position.best) {
    best[label] = {{"value", record.value}, {"step", record.step}};
  }
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  for (const auto& of_rank : position.data) data.push_back({of_rank.epoch, of_rank.batch});
  const nlohmann::ordered_json json = {
      {"version", kVersion},
      {"step", position.step},
      {"data", data},
      {"seed", position.seed},
      {"skipped_steps", position.skipped_steps},
      {"seconds", position.seconds},
      {"validated_step", position.validated_step},
      {"config_hash", position.config_hash},
      {"loss_scale", position.scaler.scale},
      {"loss_scale_growth_counter", position.scaler.growth_counter},
      {"best", best}};
  return json.dump();
}

TrainingPosition from_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  if (json.at("version").get<int>() != kVersion) {
    throw CheckpointError("version " + json.at("version").dump() + ", but this program reads " +
                          std::to_string(kVersion));
  }
  TrainingPosition position;
  json.at("step").get_to(position.step);
  position.data.clear();
  for (const auto& of_rank : json.at("data")) {
    position.data.push_back({of_rank.at(0).get<std::int64_t>(), of_rank.at(1).get<std::int64_t>()});
  }
  json.at("seed").get_to(position.seed);
  json.at("skipped_steps").get_to(position.skipped_steps);
  json.at("seconds").get_to(position.seconds);
  json.at("validated_step").get_to(position.validated_step);
  json.at("config_hash").get_to(position.config_hash);
  json.at("loss_scale").get_to(position.scaler.scale);
  json.at("loss_scale_growth_counter").get_to(position.scaler.growth_counter);
  for (const auto& [label, record] : json.at("best").items()) {
    position.best[label] = {record.at("value").get<double>(),
                            record.at("step").get<std::int64_t>()};
  }
  bool is_sound = position.step >= 0 && !position.data.empty();
  for (const auto& [epoch, batch] : position.data) is_sound = is_sound && epoch >= 0 && batch >= 0;
  if (!is_sound) throw CheckpointError("a position that cannot be");
  return position;
}

TrainingPosition position_of(const std::filesystem::path& path,
                             const tensorfile::Checkpoint& file) {
  const auto found = file.metadata.find(kKey);
  if (found == file.metadata.end()) {
    throw CheckpointError(path.string() +
                          ": is no training state of vcisr (a model is given as "
                          "path.pretrain_network_g instead)");
  }
  try {
    return from_json(found->second);
  } catch (const CheckpointError& error) {
    throw CheckpointError(path.string() + ": is damaged: " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(path.string() +
                          ": is damaged: its position cannot be read: " + error.what());
  }
}

std::int64_t bytes_of(const NamedTensors& tensors) {
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += static_cast<std::int64_t>(tensor.nbytes());
  return bytes;
}

const char* extension(CheckpointFormat format) {
  return format == CheckpointFormat::kPth ? ".pth" : ".safetensors";
}

void describe(tensorfile::Checkpoint& file, const TrainOptions& options,
              const TrainingPosition& position, const std::string& config_hash) {
  file.metadata["vcisr_version"] = std::string(version());
  file.metadata["experiment"] = options.name;
  file.metadata["training_step"] = std::to_string(position.step);
  file.metadata["train_config_sha256"] = config_hash;
}

}  // namespace

void write_training_state(const std::filesystem::path& path, const TrainingModel& model,
                          const TrainingPosition& position) {
  tensorfile::Checkpoint file;
  file.tensors = model.state();
  TrainingPosition whole = position;
  whole.scaler = model.scaler_state();
  file.metadata[kKey] = to_json(whole);
  file.metadata[kChecksum] = std::to_string(tensorfile::fingerprint(file));
  tensorfile::write_safetensors(path, file, /*overwrite=*/true);
}

TrainingPosition read_training_state(const std::filesystem::path& path, TrainingModel& model) {
  const auto file = tensorfile::read_checkpoint(path);
  const auto position = position_of(path, file);
  const auto checksum = file.metadata.find(kChecksum);
  if (checksum == file.metadata.end() ||
      checksum->second != std::to_string(tensorfile::fingerprint(file))) {
    throw CheckpointError(path.string() +
                          ": is damaged: its tensors do not match their checksum; an earlier "
                          "state can be given with --resume");
  }
  try {
    model.load_state(file, position.scaler);
  } catch (const CheckpointError& error) {
    throw CheckpointError(path.string() + ": " + error.what());
  }
  return position;
}

CheckpointWriter::CheckpointWriter(const ExperimentFolder& folder, const TrainOptions& options,
                                   std::string config_hash)
    : models_(folder.models()),
      states_(folder.states()),
      options_(options),
      config_hash_(std::move(config_hash)) {}

void CheckpointWriter::check_space(const TrainingModel& model) const {
  // A state, and models of about a third of it.
  const std::int64_t needed = bytes_of(model.state()) * 5 / 3 + (std::int64_t{1} << 20);
  std::error_code error;
  const auto space = std::filesystem::space(states_, error);
  if (error || static_cast<std::uint64_t>(needed) <= space.available) return;
  throw OutputError(states_.string() + ": the disk has " + std::to_string(space.available >> 20) +
                    " MiB free, but a checkpoint takes " + std::to_string(needed >> 20) +
                    " MiB; earlier ones are untouched");
}

void CheckpointWriter::save_models(const TrainingModel& model, const TrainingPosition& position,
                                   const std::string& label) const {
  auto files = model.generator_files();
  for (auto& [key, file] : files) describe(file, options_, position, config_hash_);
  const auto path = models_ / ("net_g_" + label + extension(options_.logger.format));
  if (options_.logger.format == CheckpointFormat::kPth) {
    tensorfile::write_pth(path, files, /*overwrite=*/true);
  } else {
    // One dict to a file: the averaged weights where there are any, for they are what is used.
    files.back().second.metadata["weights"] = files.back().first;
    tensorfile::write_safetensors(path, files.back().second, /*overwrite=*/true);
  }
  auto discriminator = model.discriminator_file();
  if (discriminator.tensors.empty()) return;
  describe(discriminator, options_, position, config_hash_);
  const auto other = models_ / ("net_d_" + label + extension(options_.logger.format));
  if (options_.logger.format == CheckpointFormat::kPth) {
    tensorfile::write_pth(other, {{"params", discriminator}}, /*overwrite=*/true);
  } else {
    tensorfile::write_safetensors(other, discriminator, /*overwrite=*/true);
  }
}

void CheckpointWriter::save(const TrainingModel& model, const TrainingPosition& position) const {
  check_space(model);
  const std::string label = std::to_string(position.step);
  save_models(model, position, label);
  write_training_state(states_ / (label + ".state"), model, position);
  remove_oldest();
}

void CheckpointWriter::save_latest(const TrainingModel& model,
                                   const TrainingPosition& position) const {
  save_models(model, position, "latest");
}

void CheckpointWriter::save_best(const TrainingModel& model,
                                 const TrainingPosition& position) const {
  save_models(model, position, "best");
}

void CheckpointWriter::remove_oldest() const {
  const auto kept = static_cast<std::size_t>(options_.logger.keep_last);
  if (kept == 0) return;
  auto states = list_states(states_);
  if (states.size() <= kept) return;
  states.resize(states.size() - kept);
  for (const auto& state : states) {
    std::error_code ignored;  // Gone is what it should be.
    const std::string label = std::to_string(state.step);
    std::filesystem::remove(state.path, ignored);
    for (const char* const end : {".pth", ".safetensors"}) {
      std::filesystem::remove(models_ / ("net_g_" + label + end), ignored);
      std::filesystem::remove(models_ / ("net_d_" + label + end), ignored);
    }
  }
}

}  // namespace vcisr::trainers
