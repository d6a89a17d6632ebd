// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vcisr/core/config.h"

namespace vcisr::metrics {

/// A file that a metric cannot do without, and that may not be part of this project.
struct ModelFile {
  std::string metric;  ///< "niqe"
  std::string key;     ///< Which names the file itself: "model".
  std::string name;    ///< "niqe_pris_params.npz"
  std::string origin;  ///< "tools/setup.sh fetches it …": where a user gets it.
};

/// Where models lie unless a user says otherwise, the first one first: the folders of the
/// environment variable VCISR_METRIC_MODELS (with colons between them), share/vcisr/metric-models
/// beside the folder of this library, and where Debian's package opencv-data puts OpenCV's.
[[nodiscard]] std::vector<std::filesystem::path> default_model_folders();

/// The file that the key names, else the first of that name in `folders` or the default ones.
///
/// Errors  CheckpointError in one sentence: what is missing, where it was looked for, where its
///         authors keep it.
[[nodiscard]] std::filesystem::path find_model(const Config& config,
                                               const std::vector<std::filesystem::path>& folders,
                                               const ModelFile& file);

}  // namespace vcisr::metrics
