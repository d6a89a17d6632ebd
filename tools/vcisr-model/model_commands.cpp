// SPDX-License-Identifier: Apache-2.0
#include "vcisr-model/model_commands.h"

#include <algorithm>

#include <torch/types.h>
#include <torch/utils.h>

#include "vcisr-model/model_report.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/weights.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tools {
namespace {

using nlohmann::ordered_json;

/// Restores a small picture of noise; true if all of it is finite.
bool restores_finite(networks::Network& network) {
  constexpr std::int64_t kSize = 32;
  const torch::InferenceMode guard;
  networks::prepare_for_inference(network, torch::kCPU, torch::kFloat32);
  const auto lq = torch::linspace(0, 1, 3 * kSize * kSize).mul_(997).frac_();
  const auto restored = network.forward(lq.reshape({1, 1, 3, kSize, kSize}));
  return torch::isfinite(restored).all().item<bool>();
}

enum class Container { kSafetensors, kPth };

Container container_of(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".safetensors") return Container::kSafetensors;
  if (extension == ".pth" || extension == ".pt" || extension == ".ckpt") return Container::kPth;
  throw ConfigError(path.string() + ": the extension '" + extension +
                    "' is none of .safetensors, .pth, .pt, .ckpt");
}

std::int64_t count_infinite(const tensorfile::Checkpoint& checkpoint) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (tensor.is_floating_point()) count += torch::isinf(tensor).sum().item<std::int64_t>();
  }
  return count;
}

}  // namespace

std::string describe_model(const std::filesystem::path& path, const ModelInfoOptions& options) {
  const auto report = examine(path, options.network, options.wrapper);
  const auto json = to_json(report, path, options.list_tensors);
  return options.output == ModelOutput::kJson ? dump(json) + "\n" : to_text(json);
}

ModelVerdict verify_model(const std::filesystem::path& path, const ModelInfoOptions& options) {
  const auto report = examine(path, options.network, options.wrapper);
  auto json = to_json(report, path, options.list_tensors);
  const bool fits = report.loaded.network != nullptr;
  const bool is_finite = report.non_finite == 0;
  const bool restores = fits && is_finite && restores_finite(*report.loaded.network);
  ModelVerdict verdict{.is_sound = fits && is_finite && restores};
  json["checks"] = ordered_json{
      {"readable", true}, {"fits", fits}, {"finite", is_finite}, {"restores", restores}};
  json["sound"] = verdict.is_sound;
  if (options.output == ModelOutput::kJson) {
    verdict.text = dump(json) + "\n";
    return verdict;
  }
  json.erase("checks");
  json.erase("sound");
  verdict.text = to_text(json);
  verdict.text += std::string("readable      yes\nfits          ") + (fits ? "yes" : "no") +
                  "\nfinite        " + (is_finite ? "yes" : "no") + "\nrestores      " +
                  (restores ? "yes" : "no") + "\n" + path.string() +
                  (verdict.is_sound ? ": sound\n" : ": NOT sound\n");
  return verdict;
}

std::string convert_model(const std::filesystem::path& from, const std::filesystem::path& to,
                          const ModelConvertOptions& options) {
  const auto container = container_of(to);
  auto report = examine(from, options.network, options.wrapper);
  auto& checkpoint = report.checkpoint;
  if (report.loaded.network == nullptr && !options.network.empty()) {
    throw CheckpointError(report.misfit);
  }
  const std::int64_t infinite_before = count_infinite(checkpoint);
  if (options.dtype) {
    for (auto& [name, tensor] : checkpoint.tensors) {
      if (tensor.is_floating_point()) tensor = tensor.to(*options.dtype);
    }
  }
  if (report.loaded.network != nullptr) {
    networks::describe_network(checkpoint, report.loaded.guess, report.loaded.network->scale());
  }
  for (const auto& [key, value] : options.metadata) checkpoint.metadata[key] = value;
  if (container == Container::kSafetensors) {
    tensorfile::write_safetensors(to, checkpoint, options.overwrite);
  } else {
    tensorfile::write_pth(to, checkpoint, options.overwrite);
  }
  const std::int64_t overflowed = count_infinite(checkpoint) - infinite_before;
  const std::string network =
      report.loaded.network != nullptr ? report.loaded.guess.yaml : "not recognised";
  if (options.output == ModelOutput::kJson) {
    return dump(ordered_json{{"from", from.string()},
                             {"to", to.string()},
                             {"tensors", checkpoint.tensors.size()},
                             {"network", network},
                             {"overflowed", overflowed}}) +
           "\n";
  }
  std::string text = to.string() + ": " + std::to_string(checkpoint.tensors.size()) +
                     " tensors, network " + network + "\n";
  if (overflowed > 0) {
    text += "warning: " + std::to_string(overflowed) + " values became infinite in that type\n";
  }
  return text;
}

std::optional<torch::Dtype> parse_dtype(const std::string& word) {
  if (word.empty() || word == "keep") return std::nullopt;
  if (word == "fp32") return torch::kFloat32;
  if (word == "fp16") return torch::kFloat16;
  if (word == "bf16") return torch::kBFloat16;
  throw ConfigError("--dtype " + word + " is none of keep, fp32, fp16, bf16");
}

std::pair<std::string, std::string> parse_metadata(const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw ConfigError("--set-metadata " + assignment + " is not of the form key=value");
  }
  return {assignment.substr(0, equals), assignment.substr(equals + 1)};
}

}  // namespace vcisr::tools
