// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/train_options.h"

#include <algorithm>
#include <limits>

#include "trainers/lower_case.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"

namespace vcisr::trainers {
namespace {

constexpr std::int64_t kManySteps = std::int64_t{1} << 40;

/// Keys of BasicSR, Real-ESRGAN, traiNNer-redux and neosr that mean nothing here.
const std::vector<std::string>& foreign_keys() {
  static const std::vector<std::string> keys = {"find_unused_parameters",
                                                "use_compile",
                                                "compile",
                                                "compile_mode",
                                                "fast_matmul",
                                                "detect_anomaly",
                                                "high_order_degradation",
                                                "high_order_degradations_debug",
                                                "high_order_degradations_debug_limit",
                                                "queue_size",
                                                "logger.wandb",
                                                "logger.sync_tensorboard",
                                                "val.pbar",
                                                "val.metrics_enabled",
                                                "path.ignore_resume_networks",
                                                "train.ema_power",
                                                "train.ema_switch_iter",
                                                "train.use_moa",
                                                "train.moa_augs",
                                                "train.moa_probs",
                                                "train.moa_debug",
                                                "train.moa_debug_limit",
                                                "datasets.train.phase",
                                                "datasets.*.phase"};
  return keys;
}

/// What a published network section may say although ours has no such option: its only value.
void check_fixed_network_keys(const Config& network) {
  for (const char* const key : {"num_in_ch", "num_out_ch"}) {
    std::int64_t channels = 3;
    if (network.has(key) && network.read(key, channels) && channels != 3) {
      throw ConfigError(network.where(key) + ": " + std::to_string(channels) +
                        " was given, but pictures have 3 channels here");
    }
  }
  std::string activation = "prelu";
  if (network.has("act_type")) network.read_choice("act_type", activation, {"prelu"});
}

bool has_gan_loss(const Config& train) {
  if (train.has("gan_opt")) return true;
  if (train.kind("losses") != Config::Kind::kList) return false;
  for (const auto& loss : train.sections("losses")) {
    if (lower_case(loss.get<std::string>("type")) == "ganloss") return true;
  }
  return false;
}

/// Whether the model type asks for a discriminator.
bool read_model_type(const Config& config) {
  static const std::vector<std::string> kPixel = {"SRModel", "RealESRNetModel", "VCISRNetModel"};
  static const std::vector<std::string> kGan = {"SRGANModel", "ESRGANModel", "RealESRGANModel",
                                                "VCISRModel"};
  // Names that other projects use for both.
  static const std::vector<std::string> kEither = {"sr", "realesrgan", "realesrgan_paired", "image",
                                                   "otf"};
  const bool has_gan = has_gan_loss(config.section("train"));
  std::string type;
  if (!config.has("model_type")) return has_gan;
  config.read("model_type", type);
  const auto holds = [&type](const std::vector<std::string>& words) {
    return std::any_of(words.begin(), words.end(), [&type](const std::string& word) {
      return lower_case(word) == lower_case(type);
    });
  };
  if (holds(kEither)) return has_gan;
  if (holds(kPixel)) {
    if (has_gan) {
      throw ConfigError(config.where("model_type") + ": " + type +
                        " has no discriminator, but train.gan_opt is given; RealESRGANModel has");
    }
    return false;
  }
  if (holds(kGan)) {
    if (!has_gan) {
      throw ConfigError(config.where("model_type") + ": " + type +
                        " has a discriminator, but train.gan_opt is missing");
    }
    return true;
  }
  std::vector<std::string> known = kPixel;
  known.insert(known.end(), kGan.begin(), kGan.end());
  throw ConfigError(config.where("model_type") + ": '" + type + "' is not one of " + join(known) +
                    did_you_mean(type, known));
}

PathOptions read_path(const Config& config) {
  PathOptions path;
  const auto read_folder = [&config](const char* key, std::filesystem::path& folder) {
    std::string text = folder.string();
    if (config.read(key, text)) folder = text;
  };
  read_folder("experiments_root", path.experiments_root);
  read_folder("results_root", path.results_root);
  config.read("pretrain_network_g", path.pretrain_network_g);
  config.read("param_key_g", path.param_key_g);
  config.read("strict_load_g", path.strict_load_g);
  config.read("pretrain_network_d", path.pretrain_network_d);
  config.read("param_key_d", path.param_key_d);
  config.read("strict_load_d", path.strict_load_d);
  config.read("resume_state", path.resume_state);
  return path;
}

ValidationOptions read_validation(const Config& config) {
  ValidationOptions options;
  bool is_on = true;
  config.read("val_enabled", is_on);
  config.read("val_freq", options.interval, {0, kManySteps});
  if (!is_on) options.interval = 0;
  config.read("save_img", options.save_images);
  config.read("tile_size", options.tile_px, {0, 1 << 20});
  if (config.has("tile_overlap")) config.read("tile_overlap", options.halo_px, {0, 1 << 16});
  // Published files give an overlap for tiles that they do not use; ours, if any, are exact then.
  if (options.tile_px == 0) options.halo_px = -1;
  config.read("suffix", options.suffix);
  return options;
}

LoggerOptions read_logger(const Config& config) {
  LoggerOptions options;
  config.read("print_freq", options.print_interval, {1, kManySteps});
  config.read("save_checkpoint_freq", options.save_interval, {1, kManySteps});
  config.read("keep_last", options.keep_last, {0, 1'000'000});
  config.read_enum(
      "save_checkpoint_format", options.format,
      {{"pth", CheckpointFormat::kPth}, {"safetensors", CheckpointFormat::kSafetensors}});
  config.read("use_tb_logger", options.tensorboard);
  return options;
}

MixedPrecision read_precision(const Config& config) {
  bool use_amp = false;
  bool bf16 = false;
  config.read("use_amp", use_amp);
  const char* const key = config.has("bfloat16") ? "bfloat16" : "amp_bf16";
  config.read(key, bf16);
  if (!use_amp) return MixedPrecision::kNone;
  return bf16 ? MixedPrecision::kBfloat16 : MixedPrecision::kFloat16;
}

/// Real-ESRGAN trains on sharpened targets and shows the discriminator plain ones; so does VCISR.
SharpenedTargets read_targets(const Config& config) {
  const auto dataset = config.section("datasets").section("train");
  const std::string type = lower_case(dataset.get<std::string>("type"));
  const bool is_published = type == "realesrgandataset" || type == "vcisrdataset";
  bool is_sharpened = is_published;
  if (config.has("gt_usm")) config.read("gt_usm", is_sharpened);  // RealESRNet's only switch.
  SharpenedTargets sharpened{.pixel = is_sharpened, .perceptual = is_sharpened, .real = false};
  config.read("l1_gt_usm", sharpened.pixel);
  config.read("percep_gt_usm", sharpened.perceptual);
  config.read("gan_gt_usm", sharpened.real);
  return sharpened;
}

void read_device(const Config& config, TrainOptions& options) {
  std::string gpus = "auto";
  config.read("num_gpu", gpus);
  if (gpus == "0") {
    options.device = "cpu";
  } else if (gpus != "auto" && gpus != "1" &&
             gpus.find_first_not_of("0123456789") == std::string::npos) {
    log::info("num_gpu " + gpus + ": a process trains on one GPU; start " + gpus +
              " of them with torchrun --no-python --nproc-per-node " + gpus);
  } else if (gpus != "auto" && gpus.find_first_not_of("0123456789") != std::string::npos) {
    throw ConfigError(config.where("num_gpu") + ": '" + gpus +
                      "' was given, a number or auto was expected");
  }
}

void read_dist(const Config& config, TrainOptions& options) {
  config.read("backend", options.collective_backend);
  int port = 0;
  if (config.has("port") && config.read("port", port, {1, 65535})) options.rendezvous_port = port;
}

void read_train(const Config& train, const Config& dataset, TrainOptions& options) {
  options.total_steps = train.get<std::int64_t>("total_iter", {1, kManySteps});
  train.read("ema_decay", options.ema_decay, {0.0, 0.999999999});
  bool clips = false;
  double norm = 1.0;
  train.read("grad_clip", clips);
  const bool has_norm = train.read("grad_clip_max_norm", norm, {1e-12, 1e12});
  if (clips || (has_norm && !train.has("grad_clip"))) options.gradient_limit = norm;
  train.read("net_d_iters", options.discriminator_steps_per_generator_step, {1, 1'000'000});
  train.read("net_d_init_iters", options.discriminator_head_start, {0, kManySteps});
  const char* const key = dataset.has("accumulate") ? "accumulate" : "accum_iter";
  dataset.read(key, options.accumulated_batches, {1, 1'000'000});
}

}  // namespace

Config load_train_config(const std::filesystem::path& path,
                         const std::vector<std::string>& overrides, Config::Unknown unknown) {
  const auto first = Config::load(path, overrides, unknown);
  std::vector<std::string> settings = overrides;
  if (first.kind("network_g") == Config::Kind::kSection) {
    const auto network = first.section("network_g");
    if (!network.has("scale") && !network.has("upscale") && first.has("scale")) {
      settings.push_back("network_g.scale=" + std::to_string(first.get<std::int64_t>("scale")));
    } else if (!network.has("scale") && network.has("upscale")) {
      settings.push_back("network_g.scale=" + std::to_string(network.get<std::int64_t>("upscale")));
    }
  }
  auto config = Config::load(path, settings, unknown);
  config.accept_foreign(foreign_keys());
  if (config.kind("network_g") == Config::Kind::kSection) {
    const auto network = config.section("network_g");
    check_fixed_network_keys(network);
    std::int64_t unused = 0;
    if (network.has("upscale")) network.read("upscale", unused);
  }
  return config;
}

namespace {

/// What training and testing have in common.
TrainOptions read_common(const Config& config) {
  TrainOptions options;
  options.name = config.get<std::string>("name");
  if (options.name.empty() || options.name.find('/') != std::string::npos || options.name == "." ||
      options.name == "..") {
    throw ConfigError(config.where("name") + ": '" + options.name +
                      "' is no name of a folder, which the experiment needs");
  }
  options.scale = config.get<std::int64_t>("scale", {1, 16});
  std::int64_t seed = 0;
  config.read("manual_seed", seed, {0, std::numeric_limits<std::int64_t>::max()});
  options.seed = static_cast<std::uint64_t>(seed);
  config.read("deterministic", options.deterministic);
  options.precision = read_precision(config);
  const char* const layout = config.has("channels_last") ? "channels_last" : "use_channels_last";
  config.read(layout, options.channels_last);
  read_device(config, options);
  read_dist(config.section_or_empty("dist_params"), options);
  options.path = read_path(config.section_or_empty("path"));
  options.validation = read_validation(config.section_or_empty("val"));
  return options;
}

}  // namespace

TrainOptions read_train_options(const Config& config, DebugMode debug) {
  TrainOptions options = read_common(config);
  options.has_discriminator = read_model_type(config);
  read_train(config.section("train"), config.section("datasets").section("train"), options);
  options.sharpened = read_targets(config);
  options.logger = read_logger(config.section_or_empty("logger"));
  if (debug == DebugMode::kOn && !options.name.starts_with("debug")) {
    options.name = "debug_" + options.name;
  }
  if (options.name.starts_with("debug")) {
    if (options.validation.interval > 0) options.validation.interval = 8;
    options.logger.print_interval = 1;
    options.logger.save_interval = 8;
    options.logger.tensorboard = false;
  }
  return options;
}

TrainOptions read_test_options(const Config& config) {
  (void)Config::gather({config}, {"model_type", "train", "network_d", "logger", "l1_gt_usm",
                                  "percep_gt_usm", "gan_gt_usm"});
  (void)Config::gather({config.section("datasets")}, {"train"});
  return read_common(config);
}

}  // namespace vcisr::trainers
