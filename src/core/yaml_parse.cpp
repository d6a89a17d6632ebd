// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "core/yaml_tree.h"
#include "vcisr/core/error.h"

namespace vcisr::yaml {
namespace {

/// Builds the tree from yaml-cpp's events. Aliases become copies, so that each place a value
/// stands in has its own marks of what was read.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string name, std::size_t source) : name_(std::move(name)), source_(source) {}

  [[nodiscard]] std::unique_ptr<Node> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) fail(mark, "a key is empty");
    add(make(NodeKind::kNull, mark, anchor));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (expects_key()) {
      open_.back().key = value;
      open_.back().key_line = mark.line + 1;
      open_.back().has_key = true;
      open_.back().is_merge_key = value == "<<" && tag != "!";
      return;
    }
    auto node = make(NodeKind::kScalar, mark, anchor);
    node->tag = short_tag(mark, tag);
    node->text = value;
    if (node->tag == "null") node->kind = NodeKind::kNull;
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) fail(mark, "an alias cannot be a key");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(mark, "an alias stands inside the value it names");
    auto copy = clone(*found->second, nullptr, budget_, open_.size() + 1, place(mark));
    add(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(NodeKind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(NodeKind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override {
    refuse_duplicates();
    merge();
    close();
  }

 private:
  struct Open {
    std::unique_ptr<Node> node;
    YAML::anchor_t anchor = 0;
    std::string key;
    int key_line = 0;
    bool has_key = false;
    bool is_merge_key = false;
    std::vector<int> key_lines = {};       // One per entry, for duplicates.
    std::vector<std::size_t> merges = {};  // Entries whose key is a merge key.
  };

  [[nodiscard]] std::string place(const YAML::Mark& mark) const {
    return source_ == 0 ? name_ + ":" + std::to_string(mark.line + 1) : name_;
  }
  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    throw ConfigError(place(mark) + ": " + what);
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node->kind == NodeKind::kMap && !open_.back().has_key;
  }

  std::unique_ptr<Node> make(NodeKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (budget_ == 0) fail(mark, "holds more than " + std::to_string(kMaxNodes) + " values");
    --budget_;
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->source = source_;
    node->line = mark.line + 1;
    if (anchor != 0 && kind != NodeKind::kList && kind != NodeKind::kMap) {
      anchors_[anchor] = node.get();
    }
    return node;
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (expects_key())
      fail(mark, "a key must be a single word (or a bracket before it is not closed)");
    if (open_.size() >= kMaxDepth) {
      fail(mark, "is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    const std::string core_tag = short_tag(mark, tag);
    const char* const own_tag = kind == NodeKind::kList ? "seq" : "map";
    if (!core_tag.empty() && core_tag != "str" && core_tag != own_tag) {
      fail(mark, "the tag !!" + core_tag + " does not fit a list or section");
    }
    auto node = make(kind, mark, anchor);
    if (!open_.empty() && open_.back().has_key) node->line = open_.back().key_line;
    open_.push_back({std::move(node), anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor] = done.node.get();
    add(std::move(done.node));
  }

  void add(std::unique_ptr<Node> node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = open_.back();
    node->parent = top.node.get();
    if (top.node->kind == NodeKind::kList) {
      top.node->items.push_back(std::move(node));
      return;
    }
    if (top.is_merge_key) top.merges.push_back(top.node->entries.size());
    // A value is told by its key's line, which is where a reader looks for it.
    node->line = top.key_line;
    top.node->entries.push_back({std::exchange(top.key, {}), std::move(node)});
    top.key_lines.push_back(top.key_line);
    top.has_key = false;
  }

  /// "" for plain scalars, "str" for quoted ones, else the part behind "!!".
  [[nodiscard]] std::string short_tag(const YAML::Mark& mark, const std::string& tag) const {
    static constexpr std::string_view kCore = "tag:yaml.org,2002:";
    static constexpr std::array<std::string_view, 7> kKnown = {"str",  "int", "float", "bool",
                                                               "null", "seq", "map"};
    if (tag.empty() || tag == "?") return "";
    if (tag == "!") return "str";
    if (tag.starts_with(kCore)) {
      const std::string_view name = std::string_view(tag).substr(kCore.size());
      if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) return std::string(name);
    }
    fail(mark, "unknown tag " + shown(tag) +
                   " (known: !!str, !!int, !!float, !!bool, !!null, !!seq, !!map)");
  }

  void refuse_duplicates() const {
    const Open& top = open_.back();
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < top.node->entries.size(); ++i) {
      const std::string& key = top.node->entries[i].key;
      const auto [first, is_new] = lines.try_emplace(key, top.key_lines[i]);
      if (is_new) continue;
      const std::string at = source_ == 0 ? ":" + std::to_string(top.key_lines[i]) : "";
      const std::string before =
          source_ == 0 ? " (first in line " + std::to_string(first->second) + ")" : "";
      throw ConfigError(name_ + at + ": " + path_to(key) + ": given twice" + before);
    }
  }

  /// The path of a key of the innermost open map, whose parents are not linked to it yet.
  [[nodiscard]] std::string path_to(const std::string& key) const {
    std::string path;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Open& level = open_[i];
      const std::string& name = i + 1 == open_.size() ? key : level.key;
      if (level.node->kind == NodeKind::kList) {
        path += "[" + std::to_string(level.node->items.size()) + "]";
      } else {
        path += (path.empty() ? "" : ".") + name;
      }
    }
    return path;
  }

  /// `<<: *base` and `<<: [*a, *b]`: adds the keys that are not there; the earlier one wins.
  void merge() {
    Open& top = open_.back();
    if (top.merges.empty()) return;
    const std::size_t at = top.merges.front();
    std::unique_ptr<Node> base = std::move(top.node->entries[at].value);
    top.node->entries.erase(top.node->entries.begin() + static_cast<std::ptrdiff_t>(at));
    std::vector<const Node*> maps;
    if (base->kind == NodeKind::kMap) maps.push_back(base.get());
    for (const auto& item : base->items) maps.push_back(item.get());
    const std::string at_line = source_ == 0 ? ":" + std::to_string(base->line) : "";
    for (const Node* map : maps) {
      if (map->kind != NodeKind::kMap) maps.clear();
    }
    if (maps.empty() && !(base->kind == NodeKind::kList && base->items.empty())) {
      throw ConfigError(name_ + at_line + ": " + path_to("<<") + ": only sections can be merged");
    }
    for (const Node* map : maps) {
      for (const Entry& entry : map->entries) {
        if (find_entry(*top.node, entry.key) != nullptr) continue;
        top.node->entries.push_back({entry.key, clone(*entry.value, top.node.get(), budget_,
                                                      open_.size() + 1, name_ + at_line)});
      }
    }
    merged_.push_back(std::move(base));  // Anchors may name nodes in it.
  }

  std::string name_;
  std::size_t source_;
  std::size_t budget_ = kMaxNodes;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, const Node*> anchors_;
  std::vector<std::unique_ptr<Node>> merged_;
  std::unique_ptr<Node> root_;
};

}  // namespace

std::unique_ptr<Node> parse_tree(std::string_view text, const std::string& name,
                                 std::size_t source) {
  if (text.size() > kMaxBytes) {
    throw ConfigError(name + ": is larger than " + std::to_string(kMaxBytes >> 20) + " MiB");
  }
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(name, source);
  std::unique_ptr<Node> root;
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      root = builder.take();
      TreeBuilder second(name, source);
      if (parser.HandleNextDocument(second)) {
        throw ConfigError(name + ": holds more than one YAML document");
      }
    }
  } catch (const YAML::Exception& error) {
    std::string at = name;
    if (source == 0 && !error.mark.is_null()) at += ":" + std::to_string(error.mark.line + 1);
    throw ConfigError(at + ": not valid YAML: " + error.msg);
  }
  if (root == nullptr) {
    root = std::make_unique<Node>();
    root->source = source;
  }
  return root;
}

}  // namespace vcisr::yaml
