// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/weights.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/utils.h>

#include "networks/allocation_budget.h"
#include "networks/recognise.h"
#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"

namespace vcisr::networks {
namespace {

constexpr const char* kRequest = "--network";  // A guess's source.

/// Tables, indices and masks that published GRL files carry: they follow from the options.
bool is_derived(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kPrefixes = {
      "table_", "index_", "mask_", "relative_coords_table", "relative_position_index", "attn_mask"};
  const auto leaf =
      name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1);
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [leaf](std::string_view prefix) { return leaf.starts_with(prefix); });
}

std::string shape_text(const torch::Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(tensor.size(i));
  }
  return text + "]";
}

/// "3 missing (a, b, c)", the first few named.
std::string describe(const std::vector<std::string>& names, const char* what) {
  constexpr std::size_t kShown = 4;
  if (names.empty()) return "";
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  return std::to_string(names.size()) + " " + what + " (" + join(shown) +
         (names.size() > kShown ? ", ...)" : ")");
}

std::string known_networks() { return join(registry().names()); }

std::string options_with_type(const std::string& type, std::string options) {
  const auto from = options.find_first_not_of(" \n");
  const auto to = options.find_last_not_of(" \n");
  const bool is_map = from != std::string::npos && options[from] == '{' && options[to] == '}';
  if (!is_map) throw CheckpointError("its metadata's options are no {key: value, ...}");
  options = options.substr(from, to - from + 1);
  try {
    const auto config = Config::parse(options, "options");
    if (config.has("type")) return options;
    return "{type: " + type + (config.keys().empty() ? "" : ", ") + options.substr(1);
  } catch (const ConfigError& error) {
    throw CheckpointError(std::string("its metadata's options are no YAML: ") + error.what());
  }
}

const std::string* metadata_value(const Checkpoint& checkpoint,
                                  std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = checkpoint.metadata.find(key);
    if (found != checkpoint.metadata.end() && !found->second.empty()) return &found->second;
  }
  return nullptr;
}

bool is_preset(const NetworkEntry& entry, const std::string& name) {
  return std::any_of(entry.presets.begin(), entry.presets.end(),
                     [&name](const RegistryPreset& preset) { return preset.name == name; });
}

std::optional<NetworkGuess> guess_from_metadata(const Checkpoint& checkpoint) {
  constexpr std::size_t kLongestOptions = 16 << 10;
  const auto* architecture = metadata_value(checkpoint, {"architecture", "arch"});
  const auto* options = metadata_value(checkpoint, {"options", "args"});
  if (architecture == nullptr || options == nullptr || options->size() > kLongestOptions) {
    return std::nullopt;
  }
  const auto* entry = registry().find(*architecture);
  if (entry == nullptr) return std::nullopt;
  const auto& type = is_preset(*entry, *architecture) ? *architecture : entry->name;
  return NetworkGuess{options_with_type(type, *options), "metadata"};
}

struct TensorGuess {
  const NetworkEntry* entry = nullptr;  ///< nullptr: none.
  Recognition recognition;

  [[nodiscard]] bool is_whole() const { return entry != nullptr && !recognition.yaml.empty(); }
};

TensorGuess guess_from_tensors(Checkpoint& checkpoint) {
  for (const auto& recogniser : recognisers()) {
    if (auto recognition = recogniser.guess(checkpoint)) {
      return {registry().find(recogniser.network), std::move(*recognition)};
    }
  }
  return {};
}

bool is_yaml(const std::string& request) {
  return request.find_first_of("{:\n") != std::string::npos;
}

/// What --network says: YAML and presets as they stand; a name is filled in from the file where
/// that tells.
NetworkGuess guess_from_request(Checkpoint& checkpoint, const std::string& request) {
  const auto told = guess_from_tensors(checkpoint);  // Brings the keys to our names.
  if (is_yaml(request)) return {request, kRequest};
  const auto* entry = registry().find(request);
  if (entry == nullptr) throw CheckpointError(registry().unknown(request));
  if (is_preset(*entry, request)) return {"{type: " + request + "}", kRequest};
  if (const auto guess = guess_from_metadata(checkpoint)) {
    const auto type = Config::parse(guess->yaml).get<std::string>("type");
    if (registry().find(type) == entry) return {guess->yaml, kRequest};
  }
  if (told.entry == entry) {
    if (!told.is_whole()) throw CheckpointError(told.recognition.unknown);
    return {told.recognition.yaml, kRequest};
  }
  return {"{type: " + entry->name + "}", kRequest};
}

NetworkGuess guess_from_file(Checkpoint& checkpoint) {
  const auto told = guess_from_tensors(checkpoint);
  if (auto guess = guess_from_metadata(checkpoint)) return std::move(*guess);
  if (told.is_whole()) return {told.recognition.yaml, told.recognition.source};
  if (told.entry != nullptr) throw CheckpointError(told.recognition.unknown);
  throw CheckpointError("its network is not recognised; name it with --network (" +
                        known_networks() + ")");
}

/// The recogniser of the network that a guess names; nullptr if it has none.
const Recogniser* recogniser_of(const Config& guess) {
  const auto* entry = registry().find(guess.get<std::string>("type"));
  const auto all = recognisers();
  const auto found = std::find_if(all.begin(), all.end(), [entry](const Recogniser& recogniser) {
    return entry != nullptr && entry->name == recogniser.network;
  });
  return found == all.end() ? nullptr : &*found;
}

/// The guess's YAML with every option, for networks that have presets; else as it stands.
std::string spelt_out(const NetworkGuess& guess) {
  const auto config = Config::parse(guess.yaml, guess.source);
  const auto* recogniser = recogniser_of(config);
  const bool can = recogniser != nullptr && recogniser->spell_out != nullptr;
  return can ? recogniser->spell_out(config) : guess.yaml;
}

/// Errors  CheckpointError where the parameters' shapes cannot be those of the guess.
void check_shapes(const Checkpoint& checkpoint, const NetworkGuess& guess) {
  const auto config = Config::parse(guess.yaml, guess.source);
  const auto* recogniser = recogniser_of(config);
  if (recogniser == nullptr || recogniser->contradiction == nullptr) return;
  const auto text = recogniser->contradiction(checkpoint, config);
  if (text.empty()) return;
  throw CheckpointError((guess.source == kRequest ? "--network asks for " : "it says to have ") +
                        text);
}

/// Options that leave no trace in shapes can be wrong without an error: says where the file tells
/// others than --network.
void warn_of_other_options(Checkpoint& checkpoint, const NetworkGuess& asked,
                           const std::string& name) {
  const auto* recogniser = recogniser_of(Config::parse(asked.yaml, asked.source));
  if (recogniser == nullptr || recogniser->spell_out == nullptr) return;
  try {
    const auto told = recognise(checkpoint);
    const auto yaml = told ? spelt_out(*told) : asked.yaml;
    if (yaml == asked.yaml) return;
    log::warn(name + ": --network is followed, although the file tells other options (by " +
              told->source + "): " + yaml);
  } catch (const Error&) {
    // Broken metadata are what --network helps against.
  }
}

RegistryPreset preset_of(const std::string& yaml) {
  const auto* entry = registry().find(Config::parse(yaml).get<std::string>("type"));
  if (entry == nullptr) return {};
  for (const auto& preset : entry->presets) {
    if (spelt_out({"{type: " + preset.name + "}", "preset"}) == yaml) return preset;
  }
  return {};
}

/// The network, if it takes no more memory than weights of this file's size can fill.
NetworkPtr make_within(const Checkpoint& checkpoint, const NetworkGuess& guess) {
  constexpr std::int64_t kTablesAndTemporaries = std::int64_t{256} << 20;
  std::int64_t elements = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) elements += tensor.numel();
  const AllocationBudget budget(2 * 4 * elements + kTablesAndTemporaries);
  return registry().make(Config::parse(guess.yaml, guess.source));
}

LoadedNetwork load_without_weights(const std::string& name, std::optional<std::int64_t> scale) {
  const auto& entry = *registry().find(name);
  const auto example = Config::parse(entry.example, entry.name);
  if (count_parameters(*registry().make(example)) > 0) {
    throw CheckpointError("the network '" + name +
                          "' needs weights: give a .pth or .safetensors file as the model" +
                          (is_preset(entry, name) ? " and --network " + name : ""));
  }
  LoadedNetwork loaded;
  loaded.guess = {"{type: " + entry.name + "}", "name"};
  // Only what is made for any scale has it among its options.
  if (scale && example.has("scale")) {
    loaded.guess.yaml = "{type: " + entry.name + ", scale: " + std::to_string(*scale) + "}";
  }
  loaded.network = registry().make(Config::parse(loaded.guess.yaml, "--model"));
  return loaded;
}

}  // namespace

std::optional<NetworkGuess> recognise(Checkpoint& checkpoint) {
  const auto told = guess_from_tensors(checkpoint);
  if (auto guess = guess_from_metadata(checkpoint)) return guess;
  if (!told.is_whole()) return std::nullopt;
  return NetworkGuess{told.recognition.yaml, told.recognition.source};
}

void describe_network(Checkpoint& checkpoint, const NetworkGuess& guess, std::int64_t scale) {
  const std::string options = spelt_out(guess);
  const auto config = Config::parse(options, guess.source);
  const auto* entry = registry().find(config.get<std::string>("type"));
  if (entry == nullptr) {
    throw CheckpointError(registry().unknown(config.get<std::string>("type")));
  }
  nlohmann::ordered_json arguments = nlohmann::ordered_json::object();
  const auto typed = [](const std::string& text) {
    const auto value = nlohmann::ordered_json::parse(text, nullptr, false);
    return value.is_number() || value.is_boolean() ? value : nlohmann::ordered_json(text);
  };
  for (const auto& key : config.keys()) {
    if (key == "type") continue;
    if (config.kind(key) == Config::Kind::kScalar) {
      arguments[key] = typed(config.get<std::string>(key));
    } else if (config.kind(key) == Config::Kind::kList) {
      for (const auto& text : config.get<std::vector<std::string>>(key)) {
        arguments[key].push_back(typed(text));
      }
    }
  }
  auto& metadata = checkpoint.metadata;
  metadata["architecture"] = metadata["arch"] = entry->name;
  metadata["options"] = options;
  metadata["args"] = arguments.dump();
  metadata["scale"] = std::to_string(scale);
  metadata["colour_order"] = "rgb";
}

void load_parameters(torch::nn::Module& module, const Checkpoint& checkpoint) {
  const torch::NoGradGuard no_grad;
  std::unordered_map<std::string_view, const torch::Tensor*> given;
  for (const auto& [name, tensor] : checkpoint.tensors) given.emplace(name, &tensor);
  std::vector<std::string> missing;
  std::vector<std::string> misshapen;
  std::vector<std::pair<torch::Tensor, const torch::Tensor*>> copies;
  const auto take = [&](const std::string& name, const torch::Tensor& target) {
    const auto found = given.find(name);
    if (found == given.end()) {
      if (!is_derived(name)) missing.push_back(name);
      return;
    }
    if (found->second->sizes() == target.sizes()) {
      copies.emplace_back(target, found->second);
    } else if (!is_derived(name)) {
      misshapen.push_back(name + " " + shape_text(*found->second) + " instead of " +
                          shape_text(target));
    }
    given.erase(found);
  };
  for (const auto& item : module.named_parameters()) take(item.key(), item.value());
  for (const auto& item : module.named_buffers()) take(item.key(), item.value());
  std::vector<std::string> unexpected;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (given.contains(name) && !is_derived(name))
      unexpected.push_back(tensorfile::printable(name));
  }
  std::vector<std::string> problems;
  for (auto& text : {describe(missing, "missing"), describe(unexpected, "unexpected"),
                     describe(misshapen, "of another shape")}) {
    if (!text.empty()) problems.push_back(text);
  }
  if (!problems.empty()) {
    throw CheckpointError("the parameters do not fit the network: " + join(problems));
  }
  for (auto& [target, source] : copies) target.copy_(*source);
}

LoadedNetwork load_network(const std::string& model, const std::string& network,
                           std::optional<std::int64_t> scale) {
  std::error_code ignored;
  if (std::filesystem::exists(model, ignored)) {
    return load_network(tensorfile::read_checkpoint(model), network, model);
  }
  if (registry().find(model) != nullptr) return load_without_weights(model, scale);
  const std::string extension = std::filesystem::path(model).extension().string();
  static const std::vector<std::string> kExtensions = {".pth", ".pt", ".ckpt", ".safetensors"};
  const bool is_path =
      model.find('/') != std::string::npos ||
      std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
  if (is_path) throw CheckpointError(model + ": no such file");
  throw CheckpointError("no model file and " + registry().unknown(model));
}

LoadedNetwork load_network(Checkpoint checkpoint, const std::string& network,
                           const std::string& name) {
  try {
    LoadedNetwork loaded;
    loaded.guess =
        network.empty() ? guess_from_file(checkpoint) : guess_from_request(checkpoint, network);
    check_shapes(checkpoint, loaded.guess);
    loaded.network = make_within(checkpoint, loaded.guess);
    loaded.parameter_count = count_parameters(*loaded.network);
    load_parameters(*loaded.network, checkpoint);
    loaded.guess.yaml = spelt_out(loaded.guess);
    loaded.preset = preset_of(loaded.guess.yaml);
    if (!network.empty()) warn_of_other_options(checkpoint, loaded.guess, name);
    return loaded;
  } catch (const CheckpointError& error) {
    throw CheckpointError(name + ": " + error.what());
  } catch (const ConfigError& error) {
    // What the user asked for is theirs to mend, what the file says is the file's fault.
    if (!network.empty()) throw;
    throw CheckpointError(name + ": describes no network: " + error.what());
  }
}

Checkpoint interpolate(const Checkpoint& a, const Checkpoint& b, double strength) {
  std::unordered_map<std::string_view, const torch::Tensor*> others;
  for (const auto& [name, tensor] : b.tensors) others.emplace(name, &tensor);
  Checkpoint mixed = a;
  mixed.tensors.clear();
  for (const auto& [name, tensor] : a.tensors) {
    const auto other = others.find(name);
    if (other == others.end() || other->second->sizes() != tensor.sizes()) {
      throw CheckpointError("the two models cannot be mixed: '" + tensorfile::printable(name) +
                            (other == others.end() ? "' is in one only" : "' differs in shape"));
    }
    torch::Tensor result = tensor;
    if (tensor.is_floating_point()) {
      const auto mean = strength * tensor.to(torch::kFloat64) +
                        (1 - strength) * other->second->to(torch::kFloat64);
      result = mean.to(tensor.scalar_type());
    }
    mixed.tensors.emplace_back(name, std::move(result));
    others.erase(other);
  }
  if (!others.empty()) {
    throw CheckpointError("the two models cannot be mixed: '" +
                          tensorfile::printable(others.begin()->first) + "' is in one only");
  }
  return mixed;
}

}  // namespace vcisr::networks
