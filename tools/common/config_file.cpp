// SPDX-License-Identifier: Apache-2.0
#include "common/config_file.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "vcisr/core/config.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::tools {
namespace {

/// The option that a key stands for, under any of its spellings.
const CLI::Option* find_option(const CLI::App& app, const std::string& key,
                               const FlagAliases& aliases) {
  std::string flag = "--" + key;
  std::replace(flag.begin(), flag.end(), '_', '-');
  for (const auto& [other, ours] : aliases) {
    if (flag == other) flag = ours;
  }
  return app.get_option_no_throw(flag);
}

std::string flag_name(const CLI::Option& option) { return "--" + option.get_lnames().front(); }

void append(const Config& config, const std::string& key, const CLI::Option& option,
            std::vector<std::string>& flags) {
  const bool is_switch = option.get_expected_max() == 0;
  if (is_switch) {
    if (config.get<bool>(key)) flags.push_back(flag_name(option));
    return;
  }
  std::vector<std::string> values;
  if (config.kind(key) == Config::Kind::kList) {
    values = config.get<std::vector<std::string>>(key);
    if (values.size() > 1 && option.get_items_expected_max() <= 1) {
      throw ConfigError(config.where(key) + ": is a list, one value was expected");
    }
  } else {
    values.push_back(config.get<std::string>(key));
  }
  for (const auto& value : values) {
    flags.push_back(flag_name(option) + "=" + value);
    // The parser takes "--flag=" for a flag whose value is the next word.
    if (!value.empty()) continue;
    flags.back() = flag_name(option);
    flags.emplace_back();
  }
}

std::vector<std::string> flags_of(const CLI::App& app, const std::string& path,
                                  const FlagAliases& aliases) {
  const Config config = Config::load(path);
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back(name);
  }
  std::vector<std::string> flags;
  for (const auto& key : config.keys()) {
    const CLI::Option* option = find_option(app, key, aliases);
    if (option == nullptr) {
      throw ConfigError(config.where(key) + ": unknown key" + did_you_mean(key, known));
    }
    if (config.has(key)) append(config, key, *option, flags);
  }
  return flags;
}

}  // namespace

std::vector<std::string> expand_config_file(const CLI::App& app, std::vector<std::string> arguments,
                                            const FlagAliases& aliases) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    std::size_t words = 0;
    std::string path;
    if (arguments[i] == "--config" && i + 1 < arguments.size()) {
      words = 2;
      path = arguments[i + 1];
    } else if (arguments[i].starts_with("--config=")) {
      words = 1;
      path = arguments[i].substr(9);
    }
    if (words == 0) continue;
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(at, at + static_cast<std::ptrdiff_t>(words));
    const auto flags = flags_of(app, path, aliases);
    arguments.insert(arguments.begin(), flags.begin(), flags.end());
    break;
  }
  return arguments;
}

std::string print_config(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || option->get_lnames().empty()) continue;
    const std::string name = option->get_lnames().front();
    if (name == "print-config") continue;
    text += name + ": ";
    const auto& values = option->results();
    if (option->get_expected_max() == 0) {
      text += "true";
    } else if (option->get_items_expected_max() > 1) {
      text += nlohmann::json(values).dump();
    } else {
      text += nlohmann::json(values.back()).dump();
    }
    text += "\n";
  }
  return text;
}

}  // namespace vcisr::tools
