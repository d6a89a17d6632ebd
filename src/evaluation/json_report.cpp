// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "evaluation/report_data.h"
#include "evaluation/report_text.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

/// JSON knows no infinity and no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json strings(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const auto& text : texts) array.push_back(valid_utf8(text));
  return array;
}

Json of_statistics(const Statistics& statistics) {
  return {{"mean", number(statistics.mean)},   {"median", number(statistics.median)},
          {"stdev", number(statistics.stdev)}, {"min", number(statistics.min)},
          {"max", number(statistics.max)},     {"count", statistics.count},
          {"identical", statistics.identical}, {"undefined", statistics.undefined}};
}

Json of_column(const metrics::Column& column) {
  const bool is_higher = column.better == metrics::Better::kHigher;
  return {{"name", valid_utf8(column.name)},
          {"unit", valid_utf8(column.unit)},
          {"better", is_higher ? "higher" : "lower"}};
}

Json of_pooled(const std::vector<metrics::PooledScore>& scores) {
  Json object = Json::object();
  for (const auto& score : scores) object[valid_utf8(score.column.name)] = number(score.value);
  return object;
}

Json of_sequence(const Result& result, const SequenceResult& sequence) {
  Json json = {{"name", valid_utf8(sequence.name)}, {"distorted", valid_utf8(sequence.distorted)}};
  if (!sequence.reference.empty()) json["reference"] = valid_utf8(sequence.reference);
  if (!sequence.compressed.empty()) json["compressed"] = valid_utf8(sequence.compressed);
  json["kind"] = sequence.is_film ? "film" : "picture";
  json["notes"] = strings(sequence.notes);
  if (sequence.error) {
    json["error"] = valid_utf8(*sequence.error);
    return json;
  }
  Json numbers = Json::object(), values = Json::object();
  for (std::size_t column = 0; column < result.columns.size(); ++column) {
    const auto own = column_values(sequence, column);
    const std::string name = valid_utf8(result.columns[column].name);
    numbers[name] = of_statistics(statistics(own));
    Json array = Json::array();
    for (const double value : own) array.push_back(number(value));
    values[name] = std::move(array);
  }
  json["statistics"] = std::move(numbers);
  json["pooled"] = of_pooled(sequence.pooled);
  json["frames"] = sequence.frames;
  json["values"] = std::move(values);
  return json;
}

Json of_overall(const Result& result) {
  const Digest digest(result);
  const auto overall = overall_statistics(result);
  Json numbers = Json::object();
  for (std::size_t column = 0; column < result.columns.size(); ++column) {
    numbers[valid_utf8(result.columns[column].name)] = of_statistics(overall[column]);
  }
  return {{"of", digest.is_single() ? "frames" : "sequences"},
          {"statistics", std::move(numbers)},
          {"pooled", of_pooled(digest.pooled)}};
}

Json of_worst(const Result& result) {
  Json frames = Json::array();
  for (const auto& worst : result.worst) {
    if (worst.sequence >= result.sequences.size()) continue;
    frames.push_back({{"sequence", valid_utf8(result.sequences[worst.sequence].name)},
                      {"frame", worst.frame},
                      {"value", number(worst.value)}});
  }
  return {{"column", valid_utf8(result.columns[result.ranked_column].name)},
          {"frames", std::move(frames)}};
}

/// Indented, but for lists of numbers, which stay on a line.
std::string indented(const Json& json, const std::string& indent) {
  const bool is_flat = std::none_of(json.begin(), json.end(), [](const Json& member) {
    return member.is_structured() || member.is_string();
  });
  if (!json.is_structured() || json.empty() || is_flat) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const std::string deeper = indent + "  ";
  std::string text;
  for (const auto& [key, member] : json.items()) {
    text += (text.empty() ? "\n" : ",\n") + deeper;
    if (json.is_object()) text += Json(key).dump() + ": ";
    text += indented(member, deeper);
  }
  const bool is_object = json.is_object();
  return (is_object ? "{" : "[") + text + "\n" + indent + (is_object ? "}" : "]");
}

}  // namespace

std::string json_report(const Result& result, const ReportHead& head) {
  Json json = {{"vcisr_evaluation", kFormat},         {"title", valid_utf8(head.title)},
               {"program", valid_utf8(head.program)}, {"command", valid_utf8(head.command)},
               {"time", valid_utf8(head.time)},       {"protocol", strings(result.protocol)}};
  Json columns = Json::array(), sequences = Json::array();
  for (const auto& column : result.columns) columns.push_back(of_column(column));
  json["columns"] = std::move(columns);
  json["overall"] = of_overall(result);
  if (!result.worst.empty() && result.ranked_column < result.columns.size()) {
    json["worst"] = of_worst(result);
  }
  for (const auto& sequence : result.sequences) sequences.push_back(of_sequence(result, sequence));
  json["sequences"] = std::move(sequences);
  return indented(json, "") + "\n";
}

}  // namespace vcisr::evaluation
