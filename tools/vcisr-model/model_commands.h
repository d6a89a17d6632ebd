// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace vcisr::tools {

enum class ModelOutput { kText, kJson };

struct ModelInfoOptions {
  std::string network;        ///< "" = recognise; as --network.
  std::string wrapper;        ///< The key to read where a .pth holds several state dicts.
  bool list_tensors = false;  ///< One line for each.
  ModelOutput output = ModelOutput::kText;
};

/// What is in a model file: format, wrapper, metadata, SHA-256, XXH3 of the parameters, types,
/// network, parameters, scale. Ends with a line break.
/// Errors  CheckpointError for a file that cannot be read. One that fits no network is described.
[[nodiscard]] std::string describe_model(const std::filesystem::path& path,
                                         const ModelInfoOptions& options);

struct ModelVerdict {
  bool is_sound = false;  ///< Else the tool's exit code is 6.
  std::string text;       ///< One line a check, or JSON; ends with a line break.
};

/// Reads everything (checksums), loads it into its network, looks for values that are not finite
/// and restores a small picture. Errors  CheckpointError for a file that cannot be read.
[[nodiscard]] ModelVerdict verify_model(const std::filesystem::path& path,
                                        const ModelInfoOptions& options);

struct ModelConvertOptions {
  std::string network;  ///< As --network; the result's metadata say it.
  std::string wrapper;
  std::optional<torch::Dtype> dtype;  ///< For floating-point tensors; empty: as they are.
  bool overwrite = false;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< Wins over the file's own.
  ModelOutput output = ModelOutput::kText;
};

/// Writes `to` (.safetensors, .pth or .pt by its extension) with our names for the parameters and
/// metadata from which the network can be built again. Returns a line that says what was done.
/// Errors  CheckpointError; ConfigError: unknown extension, a network that does not fit;
///         OutputError.
[[nodiscard]] std::string convert_model(const std::filesystem::path& from,
                                        const std::filesystem::path& to,
                                        const ModelConvertOptions& options);

/// "fp32", "fp16", "bf16"; "keep" or "" gives nothing. Errors  ConfigError.
[[nodiscard]] std::optional<torch::Dtype> parse_dtype(const std::string& word);

/// "licence=Apache-2.0" -> {licence, Apache-2.0}. Errors  ConfigError.
[[nodiscard]] std::pair<std::string, std::string> parse_metadata(const std::string& assignment);

}  // namespace vcisr::tools
