// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/metric_list.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/media/input_files.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/metrics/delta.h"
#include "vcisr/metrics/registry.h"

namespace vcisr::tools {
namespace {

using metrics::MetricPtr;

/// "a,b" and "c" are a, b, c; YAML in braces stays whole.
std::vector<std::string> split_names(const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const auto& word : given) {
    if (word.starts_with('{')) {
      names.push_back(word);
      continue;
    }
    for (std::size_t begin = 0; begin <= word.size();) {
      const auto comma = std::min(word.find(',', begin), word.size());
      if (comma > begin) names.push_back(word.substr(begin, comma - begin));
      begin = comma + 1;
    }
  }
  return names;
}

/// A YAML string, whatever is in it.
std::string yaml_string(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

/// What the flags say of every metric, and of some.
std::vector<std::string> overrides_of(const EvalArguments& a, const std::string& type) {
  std::vector<std::string> overrides;
  if (a.crop_border) overrides.push_back("crop_border=" + std::to_string(*a.crop_border));
  if (!a.model_folders.empty()) {
    std::string list;
    for (const auto& folder : a.model_folders) {
      list += (list.empty() ? "" : ", ") + yaml_string(folder);
    }
    overrides.push_back("model_folders=[" + list + "]");
  }
  if (a.test_y_channel && (type == "psnr" || type == "ssim")) {
    overrides.emplace_back("test_y_channel=true");
  }
  if (type == "psnr_stdo") {
    if (!a.grid.empty()) overrides.push_back("grid=" + yaml_string(a.grid));
    if (a.scale) overrides.push_back("scale=" + std::to_string(*a.scale));
  }
  return overrides;
}

MetricPtr make_named(const EvalArguments& a, const std::string& name) {
  if (name.starts_with('{')) {
    auto config = Config::parse(name, "--metric");
    std::string type;
    if (config.kind("type") == Config::Kind::kScalar) type = config.get<std::string>("type");
    if (const auto* const entry = metrics::registry().find(type)) type = entry->name;
    // Overrides would win over what stands in the braces.
    std::vector<std::string> overrides;
    for (const auto& one : overrides_of(a, type)) {
      if (!config.has(one.substr(0, one.find('=')))) overrides.push_back(one);
    }
    return metrics::registry().make(Config::parse(name, "--metric", overrides));
  }
  const auto* const entry = metrics::registry().find(name);
  if (entry == nullptr) throw ConfigError("--metric: " + metrics::registry().unknown(name));
  if (entry->name == "psnr_stdo" && (a.grid.empty() || !a.scale)) {
    throw ConfigError(
        "--metric psnr_stdo needs --grid (patches across and down, such as 10x5) and "
        "--scale");
  }
  return metrics::registry().make(Config::parse("type: " + yaml_string(entry->name),
                                                "--metric " + name, overrides_of(a, entry->name)));
}

/// "lpips=lpips.pt:lower"
MetricPtr make_script(const EvalArguments& a, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw ConfigError("--metric-script '" + text + "' is not of the form NAME=FILE");
  }
  std::string file = text.substr(equals + 1);
  std::string yaml = "type: script\nname: " + yaml_string(text.substr(0, equals)) + "\n";
  for (const std::string word : {"higher", "lower"}) {
    if (!file.ends_with(":" + word)) continue;
    file.resize(file.size() - word.size() - 1);
    yaml += "better: " + word + "\n";
  }
  yaml += "file: " + yaml_string(file) + "\n";
  return metrics::registry().make(
      Config::parse(yaml, "--metric-script " + text, overrides_of(a, "script")));
}

/// Whether metrics of planes can look at the first film: most films are Y, U, V on both sides.
bool has_equal_planes(const EvalArguments& a, const evaluation::EvaluationItem& item) {
  const auto decoder = film_options(a.film);
  std::optional<media::PixelFormat> format;
  for (const auto& path : {item.distorted, item.reference, item.compressed}) {
    if (path.empty() || media::lower_extension(path) == "yuv") continue;  // As its partner.
    try {
      const auto own = media::VideoDecoder(path.string(), decoder).info().format;
      if (format.value_or(own) != own || own.plane_count() != 3) return false;
      format = own;
    } catch (const MediaError&) {
      return true;  // Told when it is measured.
    }
  }
  return !format || format->layout != media::PixelLayout::kRgb;
}

std::vector<std::string> default_names(const EvalArguments& a,
                                       const std::vector<evaluation::EvaluationItem>& items) {
  if (a.reference.empty()) return {"niqe", "brisque-opencv"};
  std::vector<std::string> names = {"psnr", "psnr_y", "ssim", "ssim_y"};
  if (a.test_y_channel) names = {"psnr", "ssim"};
  const bool all_films = std::all_of(items.begin(), items.end(), [](const auto& item) {
    return item.kind == media::FileKind::kFilm && item.distorted != "-" && item.reference != "-";
  });
  const bool is_even = a.crop_border.value_or(0) % 2 == 0;
  if (all_films && is_even && has_equal_planes(a, items.front())) {
    names.insert(names.begin(), {"psnr_yuv", "ssim_plane_y"});
  }
  return names;
}

/// Two metrics with one column name could not be told apart.
void check_columns(const std::vector<MetricPtr>& metrics) {
  std::set<std::string> names;
  for (const auto& metric : metrics) {
    for (const auto& column : metric->info().columns) {
      if (names.insert(column.name).second) continue;
      throw ConfigError("--metric: two metrics give a column " + column.name +
                        ": ask for one of them");
    }
  }
}

}  // namespace

std::vector<MetricPtr> make_metrics(const EvalArguments& a,
                                    const std::vector<evaluation::EvaluationItem>& items) {
  auto names = split_names(a.metrics);
  if (names.empty() && a.scripts.empty()) names = default_names(a, items);
  std::vector<MetricPtr> list;
  for (const auto& name : names) list.push_back(make_named(a, name));
  for (const auto& script : a.scripts) list.push_back(make_script(a, script));
  if (!a.compressed.empty()) {
    for (auto& metric : list) {
      const auto& info = metric->info();
      const bool has_gain = info.needs_reference && !info.needs_previous && !info.needs_order;
      if (has_gain) metric = metrics::with_delta(std::move(metric));
    }
  }
  check_columns(list);
  return list;
}

void print_metrics() {
  for (const auto& entry : metrics::registry().entries()) {
    std::printf("%-16s %s\n", entry.name.c_str(), entry.summary.c_str());
  }
}

}  // namespace vcisr::tools
