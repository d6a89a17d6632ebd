// SPDX-License-Identifier: Apache-2.0
#include "evaluation/report_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "evaluation/report_text.h"

namespace vcisr::evaluation {
namespace {

std::string noun_of(const Result& result) {
  const auto is_film = [](const SequenceResult& sequence) { return sequence.is_film; };
  if (std::all_of(result.sequences.begin(), result.sequences.end(), is_film)) return "film";
  if (std::none_of(result.sequences.begin(), result.sequences.end(), is_film)) return "picture";
  return "sequence";
}

/// How often each column leaves something out, in words: columns with the same count share one.
std::vector<std::string> sentences(const std::vector<metrics::Column>& columns,
                                   const std::vector<std::int64_t>& counts, const std::string& noun,
                                   const std::string& what, const std::string& of) {
  std::vector<std::string> result;
  std::vector<bool> is_told(counts.size());
  for (std::size_t column = 0; column < counts.size(); ++column) {
    if (counts[column] == 0 || is_told[column]) continue;
    std::string names;
    for (std::size_t other = column; other < counts.size(); ++other) {
      if (counts[other] != counts[column]) continue;
      is_told[other] = true;
      names += (names.empty() ? "" : ", ") + one_line(columns[other].name);
    }
    std::string subject = counted(counts[column], noun);
    if (what == "identical") subject.insert(subject.find(' '), " identical");
    result.push_back(subject + (what == "identical" ? " (inf)" : " without a value (n/a)") +
                     (counts[column] == 1 ? " is" : " are") + " left out of " + of + names + ".");
  }
  return result;
}

/// Where all values are infinite, so are the numbers of a report.
Statistics with_infinity(Statistics statistics, double number) {
  if (statistics.count == 0 && std::isinf(number)) {
    statistics.mean = statistics.median = statistics.min = statistics.max = number;
  }
  return statistics;
}

void add_columns(std::vector<metrics::Column>& columns,
                 const std::vector<metrics::PooledScore>& scores) {
  for (const auto& score : scores) {
    const bool is_known = std::any_of(
        columns.begin(), columns.end(),
        [&score](const metrics::Column& column) { return column.name == score.column.name; });
    if (!is_known) columns.push_back(score.column);
  }
}

}  // namespace

std::span<const double> column_values(const SequenceResult& sequence, std::size_t column) {
  if (sequence.error || column >= sequence.values.size()) return {};
  return sequence.values[column];
}

double single_number(std::span<const double> values) {
  const auto found = statistics(values);
  if (found.count > 0 || found.identical == 0) return found.mean;
  return *std::find_if(values.begin(), values.end(), [](double v) { return std::isinf(v); });
}

Digest::Digest(const Result& of) : result(&of), overall(overall_statistics(of)), noun(noun_of(of)) {
  for (std::size_t i = 0; i < of.sequences.size(); ++i) {
    const auto& sequence = of.sequences[i];
    (sequence.error ? failed : measured).push_back(i);
    auto& row = numbers.emplace_back();
    for (std::size_t column = 0; column < of.columns.size(); ++column) {
      row.push_back(single_number(column_values(sequence, column)));
    }
    if (!sequence.error) add_columns(pooled_columns, sequence.pooled);
  }
  for (std::size_t column = 0; column < overall.size(); ++column) {
    std::vector<double> population;
    for (const auto i : measured) population.push_back(numbers[i][column]);
    overall[column] = with_infinity(overall[column], single_number(population));
  }
  pooled = of.pooled.empty() && is_single() ? single().pooled : of.pooled;
}

bool Digest::has_statistics() const {
  return measured.size() > 1 || (is_single() && single().frames.size() > 1);
}

std::string Digest::population() const {
  if (is_single()) {
    const auto rows = static_cast<std::int64_t>(single().frames.size());
    if (!single().is_film) return counted(rows, "picture");
    const bool is_alone = result->sequences.size() == 1;
    return counted(rows, "frame") + (is_alone ? "" : " of " + one_line(single().name));
  }
  return counted(static_cast<std::int64_t>(measured.size()), noun);
}

std::string Digest::member_with(std::size_t column, double value) const {
  if (is_single()) {
    const auto frame = frame_with(single(), column, value);
    return frame ? "frame " + std::to_string(*frame) : "";
  }
  for (const auto i : measured) {
    if (std::isfinite(value) && numbers[i][column] == value)
      return one_line(result->sequences[i].name);
  }
  return "";
}

std::vector<std::string> Digest::left_out() const {
  if (!has_statistics()) return {};
  std::vector<std::int64_t> identical(result->columns.size()), undefined(result->columns.size());
  auto identical_frames = identical, undefined_frames = undefined;
  for (std::size_t column = 0; column < result->columns.size(); ++column) {
    identical[column] = overall[column].identical;
    undefined[column] = overall[column].undefined;
    if (is_single()) continue;
    for (const auto i : measured) {
      const auto own = statistics(column_values(result->sequences[i], column));
      if (own.count == 0) continue;
      identical_frames[column] += own.identical;
      undefined_frames[column] += own.undefined;
    }
  }
  const std::string member = !is_single() ? noun : single().is_film ? "frame" : "picture";
  std::vector<std::string> result_sentences;
  const auto append = [this, &result_sentences](const std::vector<std::int64_t>& counts,
                                                const std::string& kind, const std::string& what,
                                                const std::string& of) {
    for (auto& sentence : sentences(result->columns, counts, kind, what, of)) {
      result_sentences.push_back(std::move(sentence));
    }
  };
  append(identical, member, "identical", "the statistics of ");
  append(undefined, member, "undefined", "the statistics of ");
  append(identical_frames, "frame", "identical", "the " + noun + "s' means of ");
  append(undefined_frames, "frame", "undefined", "the " + noun + "s' means of ");
  return result_sentences;
}

std::optional<double> pooled_value(const SequenceResult& sequence, const metrics::Column& column) {
  for (const auto& score : sequence.pooled) {
    if (score.column.name == column.name) return score.value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> frame_with(const SequenceResult& sequence, std::size_t column,
                                       double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const auto values = column_values(sequence, column);
  const auto rows = std::min(values.size(), sequence.frames.size());
  for (std::size_t row = 0; row < rows; ++row) {
    if (values[row] == value) return sequence.frames[row];
  }
  return std::nullopt;
}

std::vector<SharedNote> shared_notes(const Result& result) {
  std::vector<SharedNote> notes;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < result.sequences.size(); ++i) {
    for (const auto& text : result.sequences[i].notes) {
      const auto [place, is_new] = places.try_emplace(text, notes.size());
      if (is_new) notes.push_back({text, {}});
      auto& sequences = notes[place->second].sequences;
      if (sequences.empty() || sequences.back() != i) sequences.push_back(i);
    }
  }
  return notes;
}

std::string names_of(const Result& result, std::span<const std::size_t> sequences) {
  constexpr std::size_t kMostNames = 3;
  if (sequences.size() > kMostNames && sequences.size() == result.sequences.size()) return "all";
  const bool are_all = sequences.size() <= kMostNames;
  std::string text;
  for (std::size_t i = 0; i < (are_all ? sequences.size() : kMostNames - 1); ++i) {
    text += (i > 0 ? ", " : "") + one_line(result.sequences[sequences[i]].name);
  }
  if (are_all) return text;
  return text + " and " +
         counted(static_cast<std::int64_t>(sequences.size() - kMostNames + 1), "other");
}

std::string failure_text(const SequenceResult& sequence) {
  const std::string error = one_line(sequence.error.value_or(""));
  for (const auto& subject : {sequence.name, sequence.distorted, sequence.reference}) {
    if (!subject.empty() && error.starts_with(one_line(subject))) return error;
  }
  return one_line(sequence.name) + ": " + error;
}

bool is_worse(double a, double b, metrics::Better better) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
  return better == metrics::Better::kHigher ? a < b : a > b;
}

}  // namespace vcisr::evaluation
