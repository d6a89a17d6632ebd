// SPDX-License-Identifier: Apache-2.0
#include "core/yaml_tree.h"

#include <algorithm>

#include "vcisr/core/error.h"

namespace vcisr::yaml {

std::unique_ptr<Node> clone(const Node& node, Node* parent, std::size_t& budget, std::size_t depth,
                            const std::string& subject) {
  if (budget == 0) {
    throw ConfigError(subject + ": holds more than " + std::to_string(kMaxNodes) +
                      " values once its aliases are written out");
  }
  if (depth > kMaxDepth) {
    throw ConfigError(subject + ": is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  --budget;
  auto copy = std::make_unique<Node>();
  copy->kind = node.kind;
  copy->text = node.text;
  copy->tag = node.tag;
  copy->source = node.source;
  copy->line = node.line;
  copy->parent = parent;
  for (const Entry& entry : node.entries) {
    copy->entries.push_back(
        {entry.key, clone(*entry.value, copy.get(), budget, depth + 1, subject), entry.given});
  }
  for (const auto& item : node.items) {
    copy->items.push_back(clone(*item, copy.get(), budget, depth + 1, subject));
  }
  return copy;
}

Entry* find_entry(Node& map, std::string_view key) {
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

std::string path_of(const Node& node) {
  if (node.parent == nullptr) return "";
  const Node& parent = *node.parent;
  const std::string before = path_of(parent);
  for (const Entry& entry : parent.entries) {
    if (entry.value.get() != &node) continue;
    return before.empty() ? entry.key : before + "." + entry.key;
  }
  for (std::size_t i = 0; i < parent.items.size(); ++i) {
    if (parent.items[i].get() == &node) return before + "[" + std::to_string(i) + "]";
  }
  return before;
}

namespace {

/// The nearest node upwards that stands in the text; reading adds nodes that do not.
const Node& written(const Node& node) {
  const Node* at = &node;
  while (at->line == 0 && at->source == 0 && at->parent != nullptr) at = at->parent;
  return *at;
}

std::string place(const Document& document, const Node& node) {
  const Node& at = written(node);
  std::string text = document.sources[at.source];
  // An override is one line, and a key that is missing in the whole file has none.
  if (at.source == 0 && at.line > 0 && at.parent != nullptr) text += ":" + std::to_string(at.line);
  return text;
}

}  // namespace

std::string where(const Document& document, const Node& node) {
  const std::string path = path_of(node);
  return place(document, node) + (path.empty() ? "" : ": " + path);
}

std::string where(const Document& document, const Node& map, std::string_view key) {
  for (const Entry& entry : map.entries) {
    if (entry.key == key) return where(document, *entry.value);
  }
  const std::string path = path_of(map);
  return place(document, map) + ": " + (path.empty() ? "" : path + ".") + std::string(key);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string cut;
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    cut += byte < 32 || byte == 127 ? '?' : c;
  }
  return "'" + cut + (text.size() > kLongest ? "…" : "") + "'";
}

}  // namespace vcisr::yaml
