// SPDX-License-Identifier: Apache-2.0
#include "vcisr-model/model_report.h"

#include <cstdio>
#include <utility>

#include <torch/types.h>

#include "vcisr/core/error.h"
#include "vcisr/core/hash.h"
#include "vcisr/core/text.h"

namespace vcisr::tools {
namespace {

std::string hex(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::int64_t count_non_finite(const torch::Tensor& tensor) {
  if (!tensor.is_floating_point()) return 0;
  return tensor.numel() - torch::isfinite(tensor).sum().item<std::int64_t>();
}

std::string text_of(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : dump(value);
}

/// "licence        Apache-2.0"; what a terminal would take for a command becomes '?'.
std::string line(const std::string& key, std::string value, int indent) {
  constexpr std::size_t kColumn = 14;
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  std::string text(static_cast<std::size_t>(indent), ' ');
  text += key;
  text.append(key.size() < kColumn ? kColumn - key.size() : 1, ' ');
  return text + value + "\n";
}

}  // namespace

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(json.is_object() ? 2 : -1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

ModelReport examine(const std::filesystem::path& path, const std::string& network,
                    const std::string& wrapper) {
  ModelReport report;
  tensorfile::CheckpointReadOptions options;
  options.preferred_wrapper = wrapper;
  report.checkpoint = tensorfile::read_checkpoint(path, options);
  report.file_bytes = std::filesystem::file_size(path);
  report.sha256 = sha256_file(path);
  try {
    // Brings the tensors to our names: the hash is the same for every scheme of them.
    (void)networks::recognise(report.checkpoint);
    report.loaded = networks::load_network(report.checkpoint, network, path.string());
  } catch (const CheckpointError& error) {
    report.misfit = error.what();
  }
  report.xxh3 = hex(tensorfile::fingerprint(report.checkpoint));
  for (const auto& [name, tensor] : report.checkpoint.tensors) {
    ++report.tensors_by_type[tensorfile::dtype_label(tensor.scalar_type())];
    report.elements += tensor.numel();
    report.non_finite += count_non_finite(tensor);
  }
  return report;
}

nlohmann::ordered_json to_json(const ModelReport& report, const std::filesystem::path& path,
                               bool list_tensors) {
  nlohmann::ordered_json json;
  json["file"] = path.string();
  json["format"] = report.checkpoint.format;
  json["bytes"] = report.file_bytes;
  json["sha256"] = report.sha256;
  json["xxh3"] = report.xxh3;
  json["wrapper"] = report.checkpoint.wrapper;
  json["tensors"] = report.checkpoint.tensors.size();
  json["elements"] = report.elements;
  json["types"] = report.tensors_by_type;
  json["non_finite"] = report.non_finite;
  if (report.loaded.network != nullptr) {
    json["network"] = {{"yaml", report.loaded.guess.yaml},
                       {"source", report.loaded.guess.source},
                       {"parameters", report.loaded.parameter_count},
                       {"scale", report.loaded.network->scale()}};
    if (const auto& preset = report.loaded.preset; !preset.name.empty()) {
      json["network"]["preset"] = {{"name", preset.name}, {"summary", preset.summary}};
    }
  } else {
    json["network"] = nullptr;
    json["misfit"] = report.misfit;
  }
  json["metadata"] = report.checkpoint.metadata;
  if (list_tensors) {
    for (const auto& [name, tensor] : report.checkpoint.tensors) {
      json["tensor_list"].push_back({{"name", name},
                                     {"type", tensorfile::dtype_label(tensor.scalar_type())},
                                     {"shape", tensor.sizes().vec()}});
    }
  }
  return json;
}

std::string to_text(const nlohmann::ordered_json& report) {
  std::string text;
  for (const auto& [key, value] : report.items()) {
    if (key == "metadata") {
      for (const auto& [name, content] : value.items()) {
        text += line(key + "." + name, text_of(content), 0);
      }
    } else if (key == "tensor_list") {
      for (const auto& tensor : value) {
        text += line(text_of(tensor["type"]),
                     text_of(tensor["name"]) + " " + tensor["shape"].dump(), 2);
      }
    } else if (key == "types") {
      std::vector<std::string> parts;
      for (const auto& [type, count] : value.items()) parts.push_back(type + " x " + dump(count));
      text += line(key, join(parts), 0);
    } else if (key == "bytes") {
      text += line(key, dump(value) + " (" + format_bytes(value.get<double>()) + ")", 0);
    } else if (key == "network" && value.is_object()) {
      text += line(key, text_of(value["yaml"]) + " (by " + text_of(value["source"]) + ")", 0);
      if (value.contains("preset")) {
        const auto& preset = value["preset"];
        text += line("preset", text_of(preset["name"]) + ": " + text_of(preset["summary"]), 0);
      }
      text += line("parameters", dump(value["parameters"]), 0);
      text += line("scale", dump(value["scale"]), 0);
    } else if (key == "network") {
      text += line(key, "none fits", 0);
    } else {
      text += line(key, text_of(value), 0);
    }
  }
  return text;
}

}  // namespace vcisr::tools
