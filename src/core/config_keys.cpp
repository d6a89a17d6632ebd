// SPDX-License-Identifier: Apache-2.0
// What of a Config was read, and what becomes of the rest.
#include <string>
#include <vector>

#include "core/yaml_tree.h"
#include "vcisr/core/config.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"

namespace vcisr {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Node;

void mark_read(Node& node) {
  for (Entry& entry : node.entries) {
    entry.read = true;
    mark_read(*entry.value);
  }
  for (const auto& item : node.items) mark_read(*item);
}

void collect_unread(const Document& document, Node& node, std::vector<std::string>& lines) {
  std::vector<std::string> known;
  for (const Entry& entry : node.entries) {
    if (entry.asked) known.push_back(entry.key);
  }
  for (Entry& entry : node.entries) {
    if (!entry.given) continue;
    if (entry.read) {
      collect_unread(document, *entry.value, lines);
      continue;
    }
    // "not given" is all that null says of a key that somebody knows.
    if (entry.asked && entry.value->kind == yaml::NodeKind::kNull) continue;
    lines.push_back(yaml::where(document, *entry.value) + ": unknown key" +
                    did_you_mean(entry.key, known));
  }
  for (const auto& item : node.items) collect_unread(document, *item, lines);
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Marks what `parts` from `at` on match below `node`, and appends "path (line n)" of each.
void accept(Node& node, const std::vector<std::string>& parts, std::size_t at,
            std::vector<Node*>& found) {
  const bool is_last = at + 1 == parts.size();
  for (Entry& entry : node.entries) {
    if (!entry.given || (parts[at] != "*" && parts[at] != entry.key)) continue;
    if (!is_last) {
      accept(*entry.value, parts, at + 1, found);
      continue;
    }
    entry.read = true;
    mark_read(*entry.value);
    found.push_back(entry.value.get());
  }
  if (parts[at] != "*" || is_last) return;
  for (const auto& item : node.items) accept(*item, parts, at + 1, found);
}

}  // namespace

std::vector<std::string> Config::asked_keys() const {
  std::vector<std::string> result;
  for (const Entry& entry : node_->entries) {
    if (entry.asked) result.push_back(entry.key);
  }
  return result;
}

Config Config::gather(const std::vector<Config>& sections, const std::vector<std::string>& keys) {
  auto document = std::make_shared<Document>();
  document->root = std::make_unique<Node>();
  Node& root = *document->root;
  root.kind = yaml::NodeKind::kMap;
  std::size_t budget = yaml::kMaxNodes;
  for (const Config& section : sections) {
    document->sources = section.document_->sources;
    document->unknown = section.document_->unknown;
    for (const std::string& key : keys) {
      Entry* const entry = yaml::find_entry(*section.node_, key);
      if (entry == nullptr || !entry->given) continue;
      entry->asked = entry->read = true;
      mark_read(*entry->value);
      if (yaml::find_entry(root, key) != nullptr) continue;
      root.entries.push_back(
          {key, yaml::clone(*entry->value, &root, budget, 1, section.where(key))});
    }
  }
  return {document, document->root.get()};
}

std::vector<std::string> Config::accept_foreign(const std::vector<std::string>& paths) const {
  std::vector<Node*> found;
  for (const auto& path : paths) accept(*node_, split(path), 0, found);
  std::vector<std::string> names;
  std::vector<std::string> shown;
  for (const Node* node : found) {
    names.push_back(yaml::path_of(*node));
    const bool has_line = node->source == 0 && node->line > 0;
    shown.push_back(names.back() + (has_line ? " (line " + std::to_string(node->line) + ")" : ""));
  }
  if (!names.empty()) {
    log::warn(document_->sources[0] +
              ": these keys have no meaning here and are ignored: " + join(shown));
  }
  return names;
}

void Config::expect_all_keys_read() const {
  const bool is_lenient = document_->unknown == Unknown::kWarn;
  if (is_lenient && node_ != document_->root.get()) return;
  std::vector<std::string> lines;
  collect_unread(*document_, *node_, lines);
  if (lines.empty()) return;
  if (!is_lenient) throw ConfigError(join(lines, "\n"));
  log::warn("keys nobody knows are ignored:\n" + join(lines, "\n"));
  mark_read(*node_);
}

}  // namespace vcisr
