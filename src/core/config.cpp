// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/config.h"

#include <algorithm>
#include <limits>

#include "core/config_value.h"
#include "core/yaml_tree.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/text.h"

namespace vcisr {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Node;
using yaml::NodeKind;

/// The key's entry, known from now on.
Entry& ask(Node& map, std::string_view key) {
  Entry* entry = yaml::find_entry(map, key);
  if (entry == nullptr) {
    map.entries.push_back({std::string(key), std::make_unique<Node>(), /*given=*/false});
    entry = &map.entries.back();
    entry->value->parent = &map;
    entry->value->implied = true;
  }
  entry->asked = true;
  return *entry;
}

bool is_written(const Node& node) { return node.kind != NodeKind::kNull && !node.implied; }

/// The key's value, marked as read; nullptr where it is not given.
Node* use(Node& map, std::string_view key) {
  Entry& entry = ask(map, key);
  entry.read = true;
  return is_written(*entry.value) ? entry.value.get() : nullptr;
}

[[noreturn]] void fail(const Document& document, const Node& node, const std::string& problem) {
  throw ConfigError(yaml::where(document, node) + ": " + problem);
}

[[noreturn]] void fail_missing(const Document& document, const Node& map, std::string_view key,
                               const std::string& expected) {
  throw ConfigError(yaml::where(document, map, key) + ": is missing, " + expected + " is required");
}

void require_list(const Document& document, const Node& node, const std::string& of_what) {
  if (node.kind == NodeKind::kList) return;
  fail(document, node, yaml::describe(node) + " was given, a list " + of_what + " was expected");
}

template <class T>
void convert(const Document& document, const Node& node, T& value) {
  const std::string problem = yaml::parse_value(node, value);
  if (!problem.empty()) fail(document, node, problem);
}

template <class T>
void convert(const Document& document, const Node& node, std::vector<T>& values) {
  require_list(document, node, std::string("(each item ") + yaml::type_name(T{}) + ")");
  std::vector<T> parsed;
  for (const auto& item : node.items) {
    T value{};
    convert(document, *item, value);
    parsed.push_back(std::move(value));
  }
  values = std::move(parsed);
}

template <class T>
void convert(const Document& document, const Node& node, Range<T>& range) {
  require_list(document, node, "[lowest, highest]");
  if (node.items.size() != 2) {
    fail(document, node,
         "a list of " + std::to_string(node.items.size()) +
             " was given, [lowest, highest] was expected");
  }
  Range<T> parsed{};
  convert(document, *node.items[0], parsed.lo);
  convert(document, *node.items[1], parsed.hi);
  if (!parsed.is_ordered()) {
    fail(document, node,
         "[" + yaml::to_text(parsed.lo) + ", " + yaml::to_text(parsed.hi) +
             "] is not a range: its first number is larger than its second");
  }
  range = parsed;
}

template <class T>
std::string type_of(const T& value) {
  return yaml::type_name(value);
}
template <class T>
std::string type_of(const std::vector<T>&) {
  return "a list";
}
template <class T>
std::string type_of(const Range<T>&) {
  return "a list [lowest, highest]";
}

template <class T>
void check(const Document& document, const Node& node, const T& value, const Range<T>& bounds) {
  if (bounds.contains(value)) return;
  using Limits = std::numeric_limits<T>;
  std::string allowed =
      " is outside [" + yaml::to_text(bounds.lo) + ", " + yaml::to_text(bounds.hi) + "]";
  if (bounds.hi >= Limits::max()) allowed = " is below " + yaml::to_text(bounds.lo);
  if (bounds.lo <= Limits::lowest()) allowed = " is above " + yaml::to_text(bounds.hi);
  fail(document, node, yaml::to_text(value) + allowed);
}

template <class T>
void check(const Document& document, const Node& node, const std::vector<T>& values,
           const Range<T>& bounds) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    check(document, *node.items[i], values[i], bounds);
  }
}

template <class T>
void check(const Document& document, const Node& node, const Range<T>& range,
           const Range<T>& bounds) {
  check(document, *node.items[0], range.lo, bounds);
  check(document, *node.items[1], range.hi, bounds);
}

template <class T>
void show_default(Node& node, const T& value) {
  node.kind = NodeKind::kScalar;
  node.implied = true;
  node.text = yaml::to_text(value);
  node.tag = std::is_same_v<T, std::string> ? "str" : "";
}

template <class T>
void show_default(Node& node, const std::vector<T>& values) {
  node.kind = NodeKind::kList;
  node.implied = true;
  node.items.clear();
  for (const T& value : values) {
    node.items.push_back(std::make_unique<Node>());
    node.items.back()->parent = &node;
    show_default(*node.items.back(), value);
  }
}

template <class T>
void show_default(Node& node, const Range<T>& range) {
  show_default(node, std::vector<T>{range.lo, range.hi});
}

void check_choice(const Document& document, const Node& node, const std::string& word,
                  const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  fail(document, node,
       yaml::shown(word) + " is not one of " + join(allowed) + did_you_mean(word, allowed));
}

void require_section(const Document& document, const Node& node) {
  if (node.kind == NodeKind::kMap) return;
  fail(document, node, yaml::describe(node) + " was given, a section was expected");
}

}  // namespace

Config Config::load(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                    Unknown unknown) {
  std::vector<std::uint8_t> bytes;
  try {
    std::error_code ignored;
    if (std::filesystem::file_size(path, ignored) > yaml::kMaxBytes && !ignored) {
      throw ConfigError(path.string() + ": is too large for a configuration file");
    }
    bytes = read_file(path);
  } catch (const InputError& error) {
    throw ConfigError(error.what());  // A missing configuration is a mistake in the request.
  }
  const std::string text(bytes.begin(), bytes.end());
  return parse(text, path.string(), overrides, unknown);
}

Config Config::parse(std::string_view text, std::string name,
                     const std::vector<std::string>& overrides, Unknown unknown) {
  auto document = std::make_shared<Document>();
  document->sources.push_back(std::move(name));
  document->unknown = unknown;
  document->root = yaml::parse_tree(text, document->sources[0], 0);
  Node& root = *document->root;
  if (root.kind == NodeKind::kNull) root.kind = NodeKind::kMap;
  if (root.kind != NodeKind::kMap) {
    throw ConfigError(document->sources[0] + ": holds " + yaml::describe(root) +
                      ", keys with values were expected");
  }
  for (const auto& text_of_override : overrides) yaml::apply_override(*document, text_of_override);
  return {document, document->root.get()};
}

template <class T>
T Config::get(std::string_view key) const {
  T value{};
  const Node* const node = use(*node_, key);
  if (node == nullptr) fail_missing(*document_, *node_, key, type_of(value));
  convert(*document_, *node, value);
  return value;
}

template <class T>
T Config::get(std::string_view key, const typename ConfigBounds<T>::type& bounds) const {
  const T value = get<T>(key);
  check(*document_, *use(*node_, key), value, bounds);
  return value;
}

template <class T>
bool Config::read(std::string_view key, T& value) const {
  const Node* const node = use(*node_, key);
  if (node == nullptr) {
    show_default(*ask(*node_, key).value, value);
    return false;
  }
  convert(*document_, *node, value);
  return true;
}

template <class T>
bool Config::read(std::string_view key, T& value,
                  const typename ConfigBounds<T>::type& bounds) const {
  T parsed = value;
  if (!read(key, parsed)) return false;
  check(*document_, *use(*node_, key), parsed, bounds);
  value = std::move(parsed);
  return true;
}

bool Config::read_choice(std::string_view key, std::string& value,
                         const std::vector<std::string>& allowed) const {
  std::string word = value;
  if (!read(key, word)) return false;
  check_choice(*document_, *use(*node_, key), word, allowed);
  value = std::move(word);
  return true;
}

bool Config::read_choices(std::string_view key, std::vector<std::string>& values,
                          const std::vector<std::string>& allowed) const {
  std::vector<std::string> words = values;
  if (!read(key, words)) return false;
  const Node& node = *use(*node_, key);
  for (std::size_t i = 0; i < words.size(); ++i) {
    check_choice(*document_, *node.items[i], words[i], allowed);
  }
  values = std::move(words);
  return true;
}

Config Config::section(std::string_view key) const {
  auto found = find_section(key);
  if (!found) fail_missing(*document_, *node_, key, "a section");
  return *found;
}

std::optional<Config> Config::find_section(std::string_view key) const {
  Node* const node = use(*node_, key);
  if (node == nullptr) return std::nullopt;
  require_section(*document_, *node);
  return Config(document_, node);
}

Config Config::section_or_empty(std::string_view key) const {
  if (auto found = find_section(key)) return *found;
  Node& node = *ask(*node_, key).value;
  node.kind = NodeKind::kMap;
  node.implied = true;
  return {document_, &node};
}

std::vector<Config> Config::sections(std::string_view key) const {
  std::vector<Config> result;
  const Node* const node = use(*node_, key);
  if (node == nullptr) return result;
  require_list(*document_, *node, "of sections");
  for (const auto& item : node->items) {
    require_section(*document_, *item);
    result.push_back(Config(document_, item.get()));
  }
  return result;
}

std::vector<std::vector<Config>> Config::section_lists(std::string_view key) const {
  std::vector<std::vector<Config>> result;
  const Node* const node = use(*node_, key);
  if (node == nullptr) return result;
  require_list(*document_, *node, "of lists of sections");
  for (const auto& list : node->items) {
    require_list(*document_, *list, "of sections");
    auto& sections = result.emplace_back();
    for (const auto& item : list->items) {
      require_section(*document_, *item);
      sections.push_back(Config(document_, item.get()));
    }
  }
  return result;
}

Config::Kind Config::kind(std::string_view key) const {
  const Node& node = *ask(*node_, key).value;
  if (!is_written(node)) return Kind::kMissing;
  if (node.kind == NodeKind::kMap) return Kind::kSection;
  return node.kind == NodeKind::kList ? Kind::kList : Kind::kScalar;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> result;
  for (const Entry& entry : node_->entries) {
    if (entry.given) result.push_back(entry.key);
  }
  return result;
}

std::string Config::where(std::string_view key) const {
  return yaml::where(*document_, *node_, key);
}
std::string Config::where() const { return yaml::where(*document_, *node_); }

// The types that YAML values may be read as. NOLINTBEGIN(bugprone-macro-parentheses)
#define VCISR_CONFIG_TYPE(T)                         \
  template T Config::get<T>(std::string_view) const; \
  template bool Config::read<T>(std::string_view, T&) const;
#define VCISR_CONFIG_BOUNDED(T)                                                            \
  template T Config::get<T>(std::string_view, const ConfigBounds<T>::type&) const;         \
  template bool Config::read<T>(std::string_view, T&, const ConfigBounds<T>::type&) const; \
  VCISR_CONFIG_TYPE(T)
VCISR_CONFIG_TYPE(bool)
VCISR_CONFIG_TYPE(std::string)
VCISR_CONFIG_TYPE(std::vector<bool>)
VCISR_CONFIG_TYPE(std::vector<std::string>)
VCISR_CONFIG_BOUNDED(int)
VCISR_CONFIG_BOUNDED(std::int64_t)
VCISR_CONFIG_BOUNDED(float)
VCISR_CONFIG_BOUNDED(double)
VCISR_CONFIG_BOUNDED(std::vector<int>)
VCISR_CONFIG_BOUNDED(std::vector<std::int64_t>)
VCISR_CONFIG_BOUNDED(std::vector<float>)
VCISR_CONFIG_BOUNDED(std::vector<double>)
VCISR_CONFIG_BOUNDED(Range<int>)
VCISR_CONFIG_BOUNDED(Range<std::int64_t>)
VCISR_CONFIG_BOUNDED(Range<float>)
VCISR_CONFIG_BOUNDED(Range<double>)
#undef VCISR_CONFIG_BOUNDED
#undef VCISR_CONFIG_TYPE
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace vcisr
