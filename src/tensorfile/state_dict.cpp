// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/state_dict.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr int kDeepestWrapper = 8;
constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kLongestValue = 1 << 16;
constexpr std::size_t kMostValues = 256;

/// Walks a dict's string keys; where one stands twice, the last value counts, as in Python.
std::vector<std::pair<std::string, ObjectId>> string_items(const PickleGraph& graph,
                                                           const PickleObject& dict) {
  std::vector<std::pair<std::string, ObjectId>> items;
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const auto& key = graph.at(dict.items[i]);
    if (key.kind != ObjectKind::kString || key.text.size() > kLongestName) continue;
    const auto [found, is_new] = seen.try_emplace(key.text, items.size());
    if (is_new) {
      items.emplace_back(key.text, dict.items[i + 1]);
    } else {
      items[found->second].second = dict.items[i + 1];
    }
  }
  return items;
}

using Items = std::vector<std::pair<std::string, ObjectId>>;

std::optional<ObjectId> find(const Items& items, const std::string& name) {
  for (const auto& [key, value] : items) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool is_tensor(const PickleGraph& graph, ObjectId id) {
  return graph.at(id).kind == ObjectKind::kTensor;
}

bool holds_tensors(const PickleGraph& graph, const Items& items) {
  return std::any_of(items.begin(), items.end(),
                     [&graph](const auto& item) { return is_tensor(graph, item.second); });
}

std::string key_list(const Items& items) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + printable(items[i].first);
  }
  return items.size() > kShown ? text + ", ..." : text;
}

/// A dict under one of the names, or nothing.
std::optional<std::pair<std::string, ObjectId>> wrapped(const PickleGraph& graph,
                                                        const Items& items) {
  const auto is_dict = [&graph](ObjectId id) { return graph.at(id).kind == ObjectKind::kDict; };
  // Averaged weights are the ones meant for use: they go first wherever they stand.
  if (const auto ema = find(items, "params_ema"); ema && is_dict(*ema)) {
    return std::pair{std::string("params_ema"), *ema};
  }
  for (const auto& name : wrapper_keys()) {
    const auto value = find(items, name);
    if (value && is_dict(*value)) return std::pair{name, *value};
  }
  return std::nullopt;
}

void collect(const PickleGraph& graph, const Items& items, StateDict& state) {
  for (const auto& [name, id] : items) {
    const auto& object = graph.at(id);
    if (object.kind == ObjectKind::kInert) {
      const auto& origin = graph.at(static_cast<ObjectId>(object.integer)).text;
      if (origin.find("_rebuild_") == std::string::npos) continue;
      throw CheckpointError("holds '" + printable(name) + "' as a quantized, sparse or nested " +
                            "tensor, which is not supported");
    }
    if (object.kind != ObjectKind::kTensor) continue;  // _extra_state and the like.
    const auto& tensor = graph.tensors[static_cast<std::size_t>(object.integer)];
    if (tensor.type == ElementType::kUnsupported) {
      throw CheckpointError("holds '" + printable(name) + "' as " + printable(tensor.type_name) +
                            ", which is not supported");
    }
    if (name.empty()) throw CheckpointError("holds a tensor without a name");
    state.tensors.emplace_back(name, static_cast<std::size_t>(object.integer));
  }
}

}  // namespace

const std::vector<std::string>& wrapper_keys() {
  static const std::vector<std::string> kKeys = {
      "model_state_dict", "state_dict", "params_ema", "params-ema", "params", "model", "net"};
  return kKeys;
}

StateDict find_state_dict(const PickleGraph& graph, const std::string& preferred) {
  StateDict state;
  ObjectId at = graph.root;
  for (int depth = 0; depth < kDeepestWrapper; ++depth) {
    const auto& dict = graph.at(at);
    if (dict.kind != ObjectKind::kDict) break;
    const auto items = string_items(graph, dict);
    std::optional<std::pair<std::string, ObjectId>> inner;
    if (!preferred.empty() && depth == 0) {
      const auto value = find(items, preferred);
      if (!value || graph.at(*value).kind != ObjectKind::kDict) {
        throw CheckpointError("has no weights under '" + preferred + "'; its keys are " +
                              key_list(items));
      }
      inner.emplace(preferred, *value);
    } else {
      inner = wrapped(graph, items);
    }
    if (!inner && holds_tensors(graph, items)) {
      collect(graph, items, state);
      return state;
    }
    if (!inner && items.size() == 1) inner = items.front();
    if (!inner) {
      throw CheckpointError("holds no state dict; its keys are " + key_list(items));
    }
    state.wrapper += (state.wrapper.empty() ? "" : ".") + inner->first;
    at = inner->second;
  }
  throw CheckpointError("holds no state dict, only " + std::to_string(graph.tensors.size()) +
                        " tensors without names");
}

std::map<std::string, std::string> top_level_values(const PickleGraph& graph) {
  std::map<std::string, std::string> values;
  const auto& root = graph.at(graph.root);
  if (root.kind != ObjectKind::kDict) return values;
  for (const auto& [name, id] : string_items(graph, root)) {
    const auto& object = graph.at(id);
    if (values.size() >= kMostValues || object.text.size() > kLongestValue) continue;
    if (object.kind == ObjectKind::kString) values[name] = object.text;
    if (object.kind == ObjectKind::kInt) values[name] = std::to_string(object.integer);
    if (object.kind == ObjectKind::kBool) values[name] = object.integer != 0 ? "true" : "false";
    if (object.kind == ObjectKind::kFloat) {
      std::array<char, 40> text{};
      const auto end = std::to_chars(text.data(), text.data() + text.size(), object.real).ptr;
      values[name] = std::string(text.data(), end);
    }
  }
  return values;
}

}  // namespace vcisr::tensorfile
