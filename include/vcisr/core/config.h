// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "vcisr/core/range.h"

namespace vcisr {

namespace yaml {
struct Document;
struct Node;
}  // namespace yaml

/// The bounds that fit a value: one element's, for lists and ranges.
template <class T>
struct ConfigBounds {
  using type = Range<T>;
};
template <class T>
struct ConfigBounds<std::vector<T>> : ConfigBounds<T> {};
template <class T>
struct ConfigBounds<Range<T>> : ConfigBounds<T> {};

/// One section of a YAML file, read strictly: what is misspelt, of a wrong type or out of range is
/// an error that names file, line, key path and what was expected; so is a key that nobody read.
///
/// Values   T is bool, int, std::int64_t, float, double, std::string, a std::vector of these, or a
///          Range of numbers (written [lo, hi]). `~` means "not given". Booleans: true/false,
///          yes/no, on/off. Integers: 10, 010 (ten), 0x1f, 400_000, and every number whose value is
///          whole (5e3, !!float 4e5, 4.0). Numbers must be finite. Text: any unquoted or quoted
///          scalar; what is quoted is never a number or boolean.
/// YAML     Anchors, aliases and merge keys (<<) work. Errors of ours: duplicate keys, tags other
///          than YAML's own, several documents, nesting beyond 100, files beyond 16 MiB, aliases
///          that blow the file up.
/// Copies   are cheap views of one document, which lives as long as any of them.
/// Threads  one thread at a time for all views of a document.
/// Errors   ConfigError, from every member that reads.
class Config {
 public:
  /// What becomes of keys that nobody read. With kWarn one warning lists them all.
  enum class Unknown { kError, kWarn };
  /// A value's form. Null counts as kMissing.
  enum class Kind { kMissing, kScalar, kList, kSection };

  /// Overrides are "a.b=v" or "a:b=v", v in YAML; list items by number ("stages.0.prob=1"). Later
  /// ones win, missing sections are made.
  [[nodiscard]] static Config load(const std::filesystem::path& path,
                                   const std::vector<std::string>& overrides = {},
                                   Unknown unknown = Unknown::kError);
  /// `name` stands where a file's name would in messages.
  [[nodiscard]] static Config parse(std::string_view text, std::string name = "<text>",
                                    const std::vector<std::string>& overrides = {},
                                    Unknown unknown = Unknown::kError);

  /// A required value.
  template <class T>
  [[nodiscard]] T get(std::string_view key) const;
  template <class T>
  [[nodiscard]] T get(std::string_view key, const typename ConfigBounds<T>::type& bounds) const;

  /// An optional value: where the key is not given, `value` stays, and is what dump() shows.
  /// Returns whether it was given.
  template <class T>
  bool read(std::string_view key, T& value) const;
  template <class T>
  bool read(std::string_view key, T& value, const typename ConfigBounds<T>::type& bounds) const;

  /// An optional word (list of words) out of those allowed; the error lists them.
  bool read_choice(std::string_view key, std::string& value,
                   const std::vector<std::string>& allowed) const;
  bool read_choices(std::string_view key, std::vector<std::string>& values,
                    const std::vector<std::string>& allowed) const;
  /// The same for an enumeration: {{"area", Mode::kArea}, …}.
  template <class Enum>
  bool read_enum(
      std::string_view key, Enum& value,
      const std::vector<std::pair<std::string, std::type_identity_t<Enum>>>& names) const {
    std::vector<std::string> allowed;
    std::string word;
    for (const auto& [name, enumerator] : names) {
      allowed.push_back(name);
      if (enumerator == value) word = name;
    }
    const bool given = read_choice(key, word, allowed);
    for (const auto& [name, enumerator] : names) {
      if (given && name == word) value = enumerator;
    }
    return given;
  }

  /// A required section; an optional one; one that is empty where it is not given.
  [[nodiscard]] Config section(std::string_view key) const;
  [[nodiscard]] std::optional<Config> find_section(std::string_view key) const;
  [[nodiscard]] Config section_or_empty(std::string_view key) const;
  /// A list of sections ([{type: blur}, …]), and a list of such lists; empty where not given.
  [[nodiscard]] std::vector<Config> sections(std::string_view key) const;
  [[nodiscard]] std::vector<std::vector<Config>> section_lists(std::string_view key) const;

  /// True if the key is there and not null. Asking does not count as reading.
  [[nodiscard]] bool has(std::string_view key) const { return kind(key) != Kind::kMissing; }
  [[nodiscard]] Kind kind(std::string_view key) const;
  /// The keys in the file's order, null ones too.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// The names that were asked for so far, given or not.
  [[nodiscard]] std::vector<std::string> asked_keys() const;
  /// A section of its own, made of those of `keys` that the sections give (the first section that
  /// has a key counts; all sections of one file). They count as read where they were.
  [[nodiscard]] static Config gather(const std::vector<Config>& sections,
                                     const std::vector<std::string>& keys);
  /// "file:line: section.key", the beginning of every message; for a caller's own checks.
  [[nodiscard]] std::string where(std::string_view key) const;
  /// The same for the section itself.
  [[nodiscard]] std::string where() const;

  /// Accepts keys of other projects that mean nothing here: those present count as read, and one
  /// warning lists them. Paths from this section on; `*` stands for any one key or list item
  /// ("datasets.*.prefetch_mode"). Returns the paths found.
  std::vector<std::string> accept_foreign(const std::vector<std::string>& paths) const;

  /// Throws if a key of this section, or of a section below it, was read by nobody: one line for
  /// each, with the nearest of the keys that were asked for. With Unknown::kWarn the root's call
  /// logs one warning instead, and other sections' calls do nothing.
  void expect_all_keys_read() const;

  /// YAML of the section as it is in effect: file, overrides, and the defaults of what was read so
  /// far, which are marked `# default`. Reading it back gives the same values.
  [[nodiscard]] std::string dump() const;

 private:
  Config(std::shared_ptr<yaml::Document> document, yaml::Node* node)
      : document_(std::move(document)), node_(node) {}

  std::shared_ptr<yaml::Document> document_;
  yaml::Node* node_;
};

}  // namespace vcisr
