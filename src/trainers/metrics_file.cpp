// SPDX-License-Identifier: Apache-2.0
#include "trainers/metrics_file.h"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "vcisr/core/file.h"
#include "vcisr/core/log.h"

namespace vcisr::trainers {
namespace {

/// Keys stay in the order in which they are written; numbers that are not finite become null.
using Json = nlohmann::ordered_json;

Json object_of(const NamedNumbers& numbers) {
  auto object = Json::object();
  for (const auto& [name, number] : numbers) object[name] = number;
  return object;
}

std::string line_of(const Json& object) {
  // Names from a user's configuration may hold broken UTF-8.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

/// Nothing for what is no line of ours.
std::optional<Json> parse_line(std::string_view line) {
  auto object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("step") || !object["step"].is_number_integer()) {
    return std::nullopt;
  }
  return object;
}

double number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return found->get<double>();
}

NamedNumbers numbers_at(const Json& object, const char* key) {
  NamedNumbers numbers;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return numbers;
  for (const auto& [name, value] : found->items()) {
    if (!value.is_number() && !value.is_null()) continue;
    numbers.emplace_back(name, number_at(*found, name.c_str()));
  }
  return numbers;
}

LogPoint read_log_point(const Json& object) {
  LogPoint point;
  point.step = object["step"].get<std::int64_t>();
  const auto epoch = object.find("epoch");
  if (epoch != object.end() && epoch->is_number_integer()) point.epoch = epoch->get<std::int64_t>();
  for (const auto* key : {"lr", "lr_d"}) {
    if (object.contains(key)) point.learning_rates.push_back(number_at(object, key));
  }
  point.step_seconds = number_at(object, "time");
  point.data_seconds = number_at(object, "data_time");
  point.losses = numbers_at(object, "losses");
  point.others = numbers_at(object, "others");
  return point;
}

}  // namespace

std::string metrics_line(const LogPoint& point, double wall_seconds) {
  Json object;
  object["step"] = point.step;
  object["epoch"] = point.epoch;
  object["time"] = point.step_seconds;
  object["data_time"] = point.data_seconds;
  if (!point.learning_rates.empty()) object["lr"] = point.learning_rates[0];
  if (point.learning_rates.size() > 1) object["lr_d"] = point.learning_rates[1];
  object["losses"] = object_of(point.losses);
  if (!point.others.empty()) object["others"] = object_of(point.others);
  object["wall_time"] = wall_seconds;
  return line_of(object);
}

std::string metrics_line(const ValidationPoint& point, double wall_seconds) {
  Json object;
  object["step"] = point.step;
  object["validation"][point.dataset] = object_of(point.metrics);
  object["wall_time"] = wall_seconds;
  return line_of(object);
}

void keep_metrics_to(const std::filesystem::path& path, std::int64_t step) {
  if (!std::filesystem::exists(path)) return;
  const std::string text = text_of(path);
  const auto lines = split_lines(text);
  std::string kept;
  std::size_t foreign = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto object = parse_line(lines[i]);
    if (!object) {
      foreign += i + 1 < lines.size() ? 1 : 0;
    } else if ((*object)["step"].get<std::int64_t>() <= step) {
      kept.append(lines[i]).push_back('\n');
    }
  }
  if (foreign > 0) {
    log::warn(path.string() + ": " + std::to_string(foreign) +
              " damaged lines were dropped from the training's record");
  }
  if (kept == text) return;
  write_file(path, {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()},
             AtomicFile::Existing::kReplace);
}

MetricsHistory read_metrics(const std::filesystem::path& path) {
  MetricsHistory history;
  bool is_first = true;
  const std::string text = text_of(path);
  for (const auto line : split_lines(text)) {
    const auto object = parse_line(line);
    if (!object) continue;
    const double seconds = number_at(*object, "wall_time");
    if (std::exchange(is_first, false)) history.begin_seconds = seconds;
    history.end_seconds = seconds;
    const auto sets = object->find("validation");
    if (sets == object->end()) {
      history.log.push_back(read_log_point(*object));
      continue;
    }
    if (!sets->is_object()) continue;
    for (const auto& [name, metrics] : sets->items()) {
      history.validation.push_back(
          {(*object)["step"].get<std::int64_t>(), name, numbers_at(*sets, name.c_str())});
    }
  }
  return history;
}

}  // namespace vcisr::trainers
