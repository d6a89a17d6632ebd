// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vcisr/core/config.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr {

/// A named set of a member's options.
struct RegistryPreset {
  std::string name;     ///< What `type:` may say instead of the member's name.
  std::string summary;  ///< One line for lists.
};

/// The members of one family (networks, losses, degradation stages …) by the name that YAML's
/// `type:` gives them.
///
/// `Ptr` is what a factory returns: std::shared_ptr<Base> for torch modules, else std::unique_ptr.
/// A family lists its members by hand in src/<family>/registry.cpp; an application may add() more.
/// Threads  const members from any thread; add() before other threads start.
template <class Ptr>
class Registry {
 public:
  struct Entry {
    std::string name;                          ///< snake_case.
    std::string summary;                       ///< One line for lists.
    std::string example;                       ///< Smallest valid YAML; contract tests build it.
    std::function<Ptr(const Config&)> make;    ///< Reads its options from the section given.
    std::vector<std::string> aliases = {};     ///< Other projects' names for it, and its presets'.
    std::vector<RegistryPreset> presets = {};  ///< Those of the aliases that set options.
  };

  Registry(std::string family, std::initializer_list<Entry> members) : family_(std::move(family)) {
    for (const auto& member : members) add(member);
  }

  /// Errors  ConfigError if the name or an alias is taken.
  void add(Entry entry) {
    claim(entry.name, entry.name);
    for (const auto& alias : entry.aliases) claim(alias, entry.name);
    const std::string name = entry.name;
    entries_.insert_or_assign(name, std::move(entry));
  }

  /// Builds the member that the section's `type` names, from the section's other keys.
  /// Errors  ConfigError for an unknown name (known ones and the nearest are said), for what the
  ///         member finds wrong, and for keys that it did not read.
  [[nodiscard]] Ptr make(const Config& config) const {
    const auto type = config.get<std::string>("type");
    const Entry* const entry = find(type);
    if (entry == nullptr) throw ConfigError(config.where("type") + ": " + unknown(type));
    Ptr member = entry->make(config);
    config.expect_all_keys_read();
    return member;
  }

  /// By name or alias; nullptr if there is none.
  [[nodiscard]] const Entry* find(std::string_view name) const {
    const auto owner = owner_of_.find(std::string(name));
    return owner == owner_of_.end() ? nullptr : &entries_.at(owner->second);
  }

  /// Sorted by name.
  [[nodiscard]] std::vector<Entry> entries() const {
    std::vector<Entry> result;
    for (const auto& [name, entry] : entries_) result.push_back(entry);
    return result;
  }

  /// Sorted, without aliases.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

  /// "unknown network 'grll' (known: bicubic, grl); did you mean 'grl'?", for errors of callers.
  [[nodiscard]] std::string unknown(std::string_view name) const {
    std::vector<std::string> candidates;
    for (const auto& [candidate, owner] : owner_of_) candidates.push_back(candidate);
    std::string text =
        "unknown " + family_ + " '" + std::string(name) + "' (known: " + join(names()) + ")";
    const std::string near = nearest_name(name, candidates);
    if (!near.empty()) text += "; did you mean '" + near + "'?";
    return text;
  }

 private:
  void claim(const std::string& name, const std::string& owner) {
    if (!owner_of_.try_emplace(name, owner).second) {
      throw ConfigError(family_ + " '" + name + "' is registered twice");
    }
  }

  std::string family_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> owner_of_;  // Names and aliases.
};

}  // namespace vcisr
