// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "core/config_value.h"
#include "core/yaml_tree.h"
#include "vcisr/core/config.h"

namespace vcisr {
namespace {

using yaml::Entry;
using yaml::Node;
using yaml::NodeKind;

std::string in_quotes(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (byte < 32 || byte == 127) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
      result += escape.data();
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string scalar(const Node& node) {
  if (node.kind == NodeKind::kNull) return "~";
  if (node.tag == "str") return in_quotes(node.text);
  double number = 0;
  const bool is_plain = !yaml::needs_quotes(node.text) || yaml::parse_value(node, number).empty();
  const std::string tag = node.tag.empty() ? "" : "!!" + node.tag + " ";
  return tag + (is_plain ? node.text : in_quotes(node.text));
}

bool holds_maps(const Node& node) {
  return node.kind == NodeKind::kMap ||
         std::any_of(node.items.begin(), node.items.end(),
                     [](const auto& item) { return holds_maps(*item); });
}

/// False for keys that were asked for and have neither value nor default.
bool is_shown(const Entry& entry) {
  const Node& node = *entry.value;
  if (node.kind == NodeKind::kNull) return entry.given;
  if (node.kind != NodeKind::kMap || !node.implied) return true;
  return std::any_of(node.entries.begin(), node.entries.end(), is_shown);
}

/// [a, [b, c]]: a list without sections in it, or a single value.
std::string flow(const Node& node) {
  if (node.kind != NodeKind::kList) return scalar(node);
  std::string text;
  for (const auto& item : node.items) text += (text.empty() ? "" : ", ") + flow(*item);
  return "[" + text + "]";
}

void write_block(const Node& node, std::size_t indent, std::string& out);

/// What follows "key:" or "-": on the same line, or as a block below it.
void write_value(const Node& node, std::size_t indent, std::string& out) {
  const bool is_block =
      holds_maps(node) && !(node.kind == NodeKind::kMap &&
                            std::none_of(node.entries.begin(), node.entries.end(), is_shown));
  if (is_block) {
    out += "\n";
    write_block(node, indent, out);
    return;
  }
  out += " " + (node.kind == NodeKind::kMap ? "{}" : flow(node));
  if (node.implied) out += "  # default";
  out += "\n";
}

void write_block(const Node& node, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const auto& item : node.items) {
    out += margin + "-";
    write_value(*item, indent + 2, out);
  }
  for (const Entry& entry : node.entries) {
    if (!is_shown(entry)) continue;
    const bool plain = !yaml::needs_quotes(entry.key);
    out += margin + (plain ? entry.key : in_quotes(entry.key)) + ":";
    write_value(*entry.value, indent + 2, out);
  }
}

}  // namespace

std::string Config::dump() const {
  std::string text;
  write_block(*node_, 0, text);
  return text.empty() ? "{}\n" : text;
}

}  // namespace vcisr
