// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/flag_values.h"
#include "common/running_flags.h"
#include "common/tool.h"
#include "vcisr/inference/job.h"
#include "vcisr/inference/plan.h"
#include "vcisr/inference/restorer.h"

namespace vcisr::tools {

/// Everything that the flags of vcisr-infer say, as text; turned into the library's options below.
struct InferArguments : RunningArguments {
  std::vector<std::string> inputs;
  std::string output;
  bool recursive = false;
  std::string suffix = "out";
  std::string extension = "auto";
  bool overwrite = false;
  bool no_overwrite = false;
  bool skip_existing = false;

  std::string model = "bicubic";
  std::string network;
  std::optional<double> scale;
  std::optional<double> denoise_strength;
  std::string denoise_model;

  std::string device = "auto";
  std::string precision = "auto";
  bool fp32 = false;
  bool fp16 = false;
  bool bf16 = false;
  std::string tile = "auto";
  std::int64_t tile_pad = -1;
  std::int64_t pre_pad = 0;
  std::int64_t batch = 0;
  std::int64_t workers = 0;
  bool tta = false;

  int bit_depth = 0;
  int quality = 95;
  std::string alpha = "model";

  std::string codec;
  std::optional<double> crf;
  std::optional<std::int64_t> bitrate_kbps;
  std::string preset;
  std::string pixel_format;
  std::vector<std::string> encoder_options;
  std::vector<std::string> muxer_options;
  bool no_faststart = false;
  bool no_audio = false;
  bool no_subtitles = false;
  bool no_attachments = false;
  bool no_metadata = false;
  bool no_chapters = false;
  FilmFlags film;
  bool y4m = false;
  bool rawvideo = false;
  bool keep_going = false;

  std::string config_file;
  bool print_config = false;
  bool list_models = false;
  bool list_archs = false;
  bool list_devices = false;
  bool list_encoders = false;
  bool benchmark = false;
  bool dry_run = false;
};

/// Declares the flags on `app`; parsing fills `arguments`.
void add_infer_flags(CLI::App& app, InferArguments& arguments);
[[nodiscard]] const FlagAliases& infer_aliases();

/// Errors  ConfigError, naming the flag and what it takes.
[[nodiscard]] inference::PlanOptions plan_options(const InferArguments& arguments);
[[nodiscard]] inference::RestorerOptions restorer_options(const InferArguments& arguments);
[[nodiscard]] inference::JobOptions job_options(const InferArguments& arguments);

}  // namespace vcisr::tools
