// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vcisr/core/config.h"

// YAML as a tree of our own, filled from yaml-cpp's events: its Node class knows neither duplicate
// keys nor quoting, shares aliased nodes, and may be driven into the ground by hostile files.
namespace vcisr::yaml {

enum class NodeKind { kNull, kScalar, kList, kMap };

struct Entry;

struct Node {
  NodeKind kind = NodeKind::kNull;
  std::string text;        // Of a scalar.
  std::string tag;         // "" for a plain scalar; "str" for a quoted one; else "int", "float" …
  std::size_t source = 0;  // Index into Document::sources.
  int line = 0;            // From 1; 0 where there is none. A section's own line is its key's.
  bool implied = false;    // Not written by anybody: a default, or a section made for defaults.
  Node* parent = nullptr;
  std::vector<Entry> entries;                // Of a map, in the file's order.
  std::vector<std::unique_ptr<Node>> items;  // Of a list.
};

struct Entry {
  std::string key;
  std::unique_ptr<Node> value;
  bool given = true;   // False for keys that only reading knows.
  bool asked = false;  // Somebody knows this name.
  bool read = false;   // Somebody used the value, or accepted the key.
};

struct Document {
  std::vector<std::string> sources;  // The file's name, then one text per override.
  Config::Unknown unknown = Config::Unknown::kError;
  std::unique_ptr<Node> root;
};

inline constexpr std::size_t kMaxDepth = 100;
inline constexpr std::size_t kMaxNodes = 200'000;
inline constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

/// The one document in `text`; null for an empty one. `name` and `source` are for messages.
/// Errors  ConfigError: not YAML, duplicate keys, unknown tags, beyond the limits.
[[nodiscard]] std::unique_ptr<Node> parse_tree(std::string_view text, const std::string& name,
                                               std::size_t source);

/// Puts "a.b=v" into the document. Errors  ConfigError.
void apply_override(Document& document, const std::string& text);

/// A copy whose nodes belong to `parent`. Counts nodes down from `budget`; ConfigError (`subject`)
/// when it is used up or the depth limit is passed.
[[nodiscard]] std::unique_ptr<Node> clone(const Node& node, Node* parent, std::size_t& budget,
                                          std::size_t depth, const std::string& subject);

[[nodiscard]] Entry* find_entry(Node& map, std::string_view key);

/// "train.optim_g.lr", "stages[2].prob"; "" for the root.
[[nodiscard]] std::string path_of(const Node& node);
/// "file:line: path" of a node.
[[nodiscard]] std::string where(const Document& document, const Node& node);
/// The same for a key of a map that may not be there.
[[nodiscard]] std::string where(const Document& document, const Node& map, std::string_view key);

/// 'text' for messages: cut at 60 bytes, control characters shown as '?'.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace vcisr::yaml
