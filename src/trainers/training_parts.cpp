// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_parts.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "trainers/lower_case.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"
#include "vcisr/networks/module_state.h"
#include "vcisr/networks/weights.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {
namespace {

/// Every option with its value in one line, "{type: grl, …}", as model files keep it.
std::string in_one_line(const Config& section) {
  std::istringstream lines(Config::parse(section.dump()).dump());
  std::string text;
  for (std::string line; std::getline(lines, line);) text += (text.empty() ? "" : ", ") + line;
  return "{" + text + "}";
}

void read_networks(const Config& config, const TrainOptions& options, TrainingParts& parts) {
  const auto section = config.section("network_g");
  parts.network = make_network(config, options);
  parts.network_yaml = in_one_line(section);
  if (networks::count_parameters(*parts.network) == 0) {
    throw ConfigError(section.where("type") + ": " + section.get<std::string>("type") +
                      " has no parameters to train");
  }
  if (parts.network->is_temporal()) {
    throw ConfigError(section.where("type") + ": " + section.get<std::string>("type") +
                      " takes clips, but training pairs are single pictures");
  }
  if (options.has_discriminator) {
    parts.discriminator = networks::discriminators().make(config.section("network_d"));
  } else if (config.has("network_d")) {
    throw ConfigError(config.where("network_d") +
                      ": a discriminator was given, but train.gan_opt is missing");
  }
}

void add_perceptual(const Config& section, TrainingParts& parts) {
  if (parts.perceptual) throw ConfigError(section.where() + ": a second perceptual loss");
  parts.perceptual.emplace(losses::read_perceptual_options(section));
}

void add_gan(const Config& section, TrainingParts& parts) {
  if (parts.gan) throw ConfigError(section.where() + ": a second GAN loss");
  parts.gan.emplace(losses::read_gan_options(section));
}

/// BasicSR's sections.
void read_sections(const Config& train, TrainingParts& parts) {
  if (const auto section = train.find_section("pixel_opt")) {
    parts.pixel.push_back({"l_g_pix", losses::pixel_losses().make(*section)});
  }
  if (const auto section = train.find_section("mssim_opt")) {
    parts.pixel.push_back({"l_g_mssim", losses::pixel_losses().make(*section)});
  }
  if (const auto section = train.find_section("perceptual_opt")) add_perceptual(*section, parts);
  if (const auto section = train.find_section("gan_opt")) add_gan(*section, parts);
}

/// traiNNer's list.
void read_list(const Config& train, TrainingParts& parts) {
  for (const auto& section : train.sections("losses")) {
    const std::string type = lower_case(section.get<std::string>("type"));
    if (type == "perceptualloss") {
      add_perceptual(section, parts);
    } else if (type == "ganloss") {
      add_gan(section, parts);
    } else {
      std::string name = "l_g_" + type.substr(0, type.find("loss"));
      const auto same =
          std::count_if(parts.pixel.begin(), parts.pixel.end(),
                        [&name](const PixelTerm& term) { return term.name.starts_with(name); });
      if (same > 0) name += "_" + std::to_string(same + 1);
      parts.pixel.push_back({name, losses::pixel_losses().make(section)});
    }
  }
}

void read_losses(const Config& train, TrainingParts& parts) {
  read_sections(train, parts);
  read_list(train, parts);
  if (parts.pixel.empty() && !parts.perceptual && !parts.gan) {
    throw ConfigError(train.where("pixel_opt") +
                      ": is missing, a loss is required (pixel_opt, perceptual_opt, gan_opt, or "
                      "the list losses)");
  }
}

bool is_vcisr_schedule(const Config& train) {
  const auto scheduler = train.find_section("scheduler");
  return scheduler && lower_case(scheduler->get<std::string>("type")).starts_with("vcisr");
}

void read_optimizers(const Config& train, const TrainOptions& options, TrainingParts& parts) {
  std::int64_t warmup = -1;
  train.read("warmup_iter", warmup);
  parts.optimizer = read_adam_options(train.section("optim_g"));
  LearningRateContext context{.base = parts.optimizer.learning_rate,
                              .total_steps = options.total_steps,
                              .warmup_steps = warmup};
  parts.learning_rate = make_learning_rate(train, context);
  if (!options.has_discriminator) return;
  parts.discriminator_optimizer = read_adam_options(train.section("optim_d"));
  context.base = parts.discriminator_optimizer.learning_rate;
  if (train.has("scheduler_d")) {
    parts.discriminator_learning_rate = make_learning_rate(train, context, "scheduler_d");
  } else if (is_vcisr_schedule(train)) {
    parts.discriminator_learning_rate = constant_rate(context.base);
  } else {
    parts.discriminator_learning_rate = make_learning_rate(train, context);
  }
}

/// Copies those that fit; returns what was left out, for a warning.
std::vector<std::string> load_what_fits(torch::nn::Module& module,
                                        const tensorfile::Checkpoint& checkpoint) {
  const torch::NoGradGuard no_grad;
  std::vector<std::string> left;
  for (auto& [name, tensor] : networks::module_state(module)) {
    const torch::Tensor* const given = checkpoint.find(name);
    if (given == nullptr || given->sizes() != tensor.sizes()) {
      left.push_back(name);
    } else {
      tensor.copy_(*given);
    }
  }
  return left;
}

}  // namespace

networks::NetworkPtr make_network(const Config& config, const TrainOptions& options) {
  auto network = networks::registry().make(config.section("network_g"));
  if (network->scale() != options.scale) {
    throw ConfigError(config.where("scale") + ": " + std::to_string(options.scale) +
                      " was given, but network_g enlarges by " + std::to_string(network->scale()));
  }
  return network;
}

namespace {

void load_file(const std::string& path, const std::string& wrapper, bool is_strict,
               torch::nn::Module& module) {
  auto checkpoint = tensorfile::read_checkpoint(path, {.preferred_wrapper = wrapper});
  try {
    // Brings other projects' spellings of the keys to ours.
    (void)networks::recognise(checkpoint);
  } catch (const CheckpointError&) {
    // What it is of is known here.
  }
  if (is_strict) {
    try {
      networks::load_parameters(module, checkpoint);
    } catch (const CheckpointError& error) {
      throw CheckpointError(path + ": " + error.what());
    }
    return;
  }
  const auto left = load_what_fits(module, checkpoint);
  if (left.empty()) return;
  log::warn(path + ": " + std::to_string(left.size()) +
            " tensors are missing or do not fit and stay as they are (" + left.front() +
            (left.size() > 1 ? ", ...)" : ")"));
}

}  // namespace

TrainingParts make_training_parts(const Config& config, const TrainOptions& options) {
  TrainingParts parts;
  read_networks(config, options, parts);
  const auto train = config.section("train");
  read_optimizers(train, options, parts);
  read_losses(train, parts);
  return parts;
}

void load_generator(const PathOptions& path, networks::Network& network) {
  if (path.pretrain_network_g.empty()) return;
  load_file(path.pretrain_network_g, path.param_key_g, path.strict_load_g, network);
  log::info("network_g: " + path.pretrain_network_g);
}

void load_pretrained(const TrainOptions& options, TrainingParts& parts) {
  const auto& path = options.path;
  load_generator(path, *parts.network);
  if (!path.pretrain_network_d.empty() && parts.discriminator != nullptr) {
    load_file(path.pretrain_network_d, path.param_key_d, path.strict_load_d, *parts.discriminator);
    log::info("network_d: " + path.pretrain_network_d);
  }
}

}  // namespace vcisr::trainers
