// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "vcisr/networks/weights.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tools {

/// What the commands know of a model file.
struct ModelReport {
  tensorfile::Checkpoint checkpoint;
  std::uint64_t file_bytes = 0;
  std::string sha256;
  std::string xxh3;
  std::map<std::string, std::int64_t> tensors_by_type;  ///< "fp32" -> 702.
  std::int64_t elements = 0;
  std::int64_t non_finite = 0;
  networks::LoadedNetwork loaded;  ///< network is nullptr where none fits,
  std::string misfit;              ///< and this says why.
};

/// Errors  CheckpointError if the file cannot be read.
[[nodiscard]] ModelReport examine(const std::filesystem::path& path, const std::string& network,
                                  const std::string& wrapper);

[[nodiscard]] nlohmann::ordered_json to_json(const ModelReport& report,
                                             const std::filesystem::path& path, bool list_tensors);
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& report);

/// JSON text of whatever the file holds: what is no UTF-8 is replaced.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json);

}  // namespace vcisr::tools
