// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>

#include "core/yaml_tree.h"
#include "vcisr/core/error.h"

namespace vcisr::yaml {
namespace {

/// "a.b[2]:c" -> a, b, 2, c. Empty if a part is empty.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.' || c == ':' || c == '[') {
      parts.emplace_back();
    } else if (c != ']') {
      parts.back() += c;
    }
  }
  const bool has_gap =
      std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  if (has_gap || parts.size() > kMaxDepth / 2) parts.clear();
  return parts;
}

std::optional<std::size_t> index_of(const std::string& part) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

/// The slot that holds what `part` names below `node`; a map's is made where it is missing.
std::unique_ptr<Node>& slot(const Document& document, Node& node, const std::string& part,
                            std::size_t source) {
  if (node.kind == NodeKind::kList) {
    const auto index = index_of(part);
    if (!index || *index >= node.items.size()) {
      throw ConfigError(document.sources[source] + ": " + path_of(node) + " is a list of " +
                        std::to_string(node.items.size()) + ", it has no item " + shown(part) +
                        " (the first is 0)");
    }
    return node.items[*index];
  }
  if (node.kind == NodeKind::kNull) {
    node.kind = NodeKind::kMap;
    node.source = source;
  }
  if (node.kind != NodeKind::kMap) {
    throw ConfigError(document.sources[source] + ": " + path_of(node) + " is " + shown(node.text) +
                      ", not a section: it has no key " + shown(part));
  }
  Entry* entry = find_entry(node, part);
  if (entry == nullptr) {
    node.entries.push_back({part, std::make_unique<Node>()});
    entry = &node.entries.back();
    entry->value->parent = &node;
    entry->value->source = source;
  }
  return entry->value;
}

}  // namespace

void apply_override(Document& document, const std::string& text) {
  const std::string name = "override " + shown(text);
  const std::size_t equals = text.find('=');
  const auto parts = split_path(std::string_view(text).substr(0, equals));
  if (equals == std::string::npos || parts.empty()) {
    throw ConfigError(name + ": is not of the form key.key=value");
  }
  const std::size_t source = document.sources.size();
  document.sources.push_back(name);
  std::unique_ptr<Node> value;
  try {
    // The space keeps % and --- at the front from being directives and document marks.
    value = parse_tree(" " + text.substr(equals + 1), name, source);
  } catch (const ConfigError& error) {
    throw ConfigError(std::string(error.what()) + " (put quotes around text)");
  }
  Node* node = document.root.get();
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    node = slot(document, *node, parts[i], source).get();
  }
  value->parent = node;
  slot(document, *node, parts.back(), source) = std::move(value);
}

}  // namespace vcisr::yaml
