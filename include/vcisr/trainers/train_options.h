// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/core/config.h"

namespace vcisr::trainers {

enum class MixedPrecision { kNone, kBfloat16, kFloat16 };
enum class CheckpointFormat { kPth, kSafetensors };

/// Which target a term compares with.
struct SharpenedTargets {
  bool pixel = false;
  bool perceptual = false;
  bool real = false;  ///< What the discriminator is shown as real.
};

struct PathOptions {
  std::filesystem::path experiments_root = "experiments";
  std::filesystem::path results_root = "results";
  std::string pretrain_network_g;  ///< "": random.
  std::string param_key_g;         ///< Which dict of the file; "": params_ema, then params.
  bool strict_load_g = true;
  std::string pretrain_network_d;
  std::string param_key_d;
  bool strict_load_d = true;
  std::string resume_state;
};

struct ValidationOptions {
  std::int64_t interval = 0;  ///< Steps; 0: none during training.
  bool save_images = false;
  std::int64_t tile_px = 0;   ///< 0: from free memory.
  std::int64_t halo_px = -1;  ///< -1: the network's.
  std::string suffix;         ///< Of --test's pictures.
};

struct LoggerOptions {
  std::int64_t print_interval = 100;
  std::int64_t save_interval = 5000;
  std::int64_t keep_last = 0;  ///< States and models; 0 keeps all.
  CheckpointFormat format = CheckpointFormat::kPth;
  bool tensorboard = true;
};

/// The values of a training file that stand on their own; parts that build something (networks,
/// losses, data, schedules) are read where they are built (training_parts.h).
struct TrainOptions {
  std::string name;
  std::int64_t scale = 4;
  std::uint64_t seed = 0;
  bool deterministic = false;
  MixedPrecision precision = MixedPrecision::kNone;
  bool channels_last = false;
  std::string device = "auto";              ///< num_gpu 0: cpu.
  std::optional<int> rendezvous_port;       ///< dist_params.port
  std::string collective_backend = "auto";  ///< dist_params.backend
  bool has_discriminator = false;

  std::int64_t total_steps = 0;
  std::int64_t accumulated_batches = 1;
  double ema_decay = 0;                                     ///< 0: none.
  std::optional<double> gradient_limit;                     ///< Largest norm.
  std::int64_t discriminator_steps_per_generator_step = 1;  ///< net_d_iters
  std::int64_t discriminator_head_start = 0;                ///< net_d_init_iters
  SharpenedTargets sharpened;

  PathOptions path;
  ValidationOptions validation;
  LoggerOptions logger;
};

/// BasicSR's `--debug`: the name begins with debug_, every eighth step is validated and saved,
/// every step printed, no event files.
enum class DebugMode { kOff, kOn };

/// A training file in the structure of BasicSR and Real-ESRGAN, or traiNNer-redux, brought to one
/// form: keys of other projects that mean the same under another name are moved, those without a
/// meaning here are accepted with one warning that lists them.
///
/// Errors  ConfigError with file, line, key.
[[nodiscard]] Config load_train_config(const std::filesystem::path& path,
                                       const std::vector<std::string>& overrides,
                                       Config::Unknown unknown = Config::Unknown::kError);

[[nodiscard]] TrainOptions read_train_options(const Config& config,
                                              DebugMode debug = DebugMode::kOff);

/// What a test needs of it; the file may lack `train` and datasets.train, as BasicSR's test files
/// do. What only training looks at counts as read.
[[nodiscard]] TrainOptions read_test_options(const Config& config);

}  // namespace vcisr::trainers
