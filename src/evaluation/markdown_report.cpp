// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>

#include "evaluation/report_data.h"
#include "evaluation/report_text.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation {
namespace {

constexpr std::size_t kMostRows = 1000;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// One line that Markdown shows as it is, in a table's cell, too. An underscore inside a word means
/// nothing there and stays.
std::string escaped(std::string_view text) {
  const std::string line = one_line(text);
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool is_inside =
        i > 0 && i + 1 < line.size() && is_word(line[i - 1]) && is_word(line[i + 1]);
    const bool is_special =
        std::string_view("\\|<>&`*[]#~").find(line[i]) != std::string_view::npos;
    if (is_special || (line[i] == '_' && !is_inside)) result += '\\';
    result += line[i];
  }
  return result;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

/// The heads and the line below them: the first `texts` columns are of words, the others of
/// numbers.
std::string heads(const std::vector<std::string>& cells, std::size_t texts = 1) {
  std::string rule = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) rule += i < texts ? " --- |" : " ---: |";
  return row(cells) + rule + "\n";
}

std::string title_of(const metrics::Column& column) {
  const std::string unit = column.unit.empty() ? "" : " (" + escaped(column.unit) + ")";
  return escaped(column.name) + unit + " " + arrow(column.better);
}

std::string head_text(const ReportHead& head) {
  std::string text = "# " + (head.title.empty() ? "Evaluation" : escaped(head.title)) + "\n\n";
  std::string about = escaped(head.program);
  if (!head.time.empty()) about += (about.empty() ? "" : ", ") + escaped(head.time);
  if (!about.empty()) text += about + "\n\n";
  if (head.command.empty()) return text;
  // Indented code: nothing in it is markup, and nothing can end it.
  return text + "    " + one_line(head.command) + "\n\n";
}

std::string overall_text(const Digest& digest) {
  std::string text = "## Overall\n\n";
  const auto& columns = digest.result->columns;
  if (!digest.has_statistics()) {
    text += "One " + digest.noun + ".\n\n" + heads({"metric", "value"});
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += row({title_of(columns[i]),
                   number_text(digest.numbers[digest.measured[0]][i], columns[i].decimals)});
    }
    return text + "\n";
  }
  const bool are_means = !digest.is_single() && digest.noun != "picture";
  text += "Over " + escaped(digest.population()) +
          (are_means ? ", of each the mean over its frames" : "") +
          ". ↑: higher is better, ↓: lower is better.\n\n" +
          heads({"metric", "mean", "median", "stdev", "min", "max"});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& numbers = digest.overall[i];
    const auto placed = [&](double value) {
      const auto place = escaped(digest.member_with(i, value));
      return number_text(value, columns[i].decimals) + (place.empty() ? "" : " (" + place + ")");
    };
    const auto plain = [&](double value) { return number_text(value, columns[i].decimals); };
    text += row({title_of(columns[i]), plain(numbers.mean), plain(numbers.median),
                 plain(numbers.stdev), placed(numbers.min), placed(numbers.max)});
  }
  text += "\n";
  for (const auto& sentence : digest.left_out()) text += escaped(sentence) + "\n\n";
  return text;
}

std::string pooled_text(const Digest& digest) {
  if (digest.pooled.empty()) return "";
  std::string text = "## Pooled over all frames\n\n" + heads({"metric", "value"});
  for (const auto& score : digest.pooled) {
    text += row({title_of(score.column), number_text(score.value, score.column.decimals)});
  }
  return text + "\n";
}

std::string sequences_text(const Digest& digest) {
  if (digest.measured.size() < 2) return "";
  const auto& columns = digest.result->columns;
  const bool has_films = digest.noun != "picture";
  std::vector<std::string> titles = {digest.noun};
  if (has_films) titles.emplace_back("frames");
  for (const auto& column : columns) titles.push_back(title_of(column));
  for (std::size_t i = 0; has_films && i < digest.pooled_columns.size(); ++i) {
    titles.push_back(title_of(digest.pooled_columns[i]) + " pooled");
  }
  std::string text = "## Each " + digest.noun + "\n\n" + heads(titles);
  for (std::size_t listed = 0; listed < digest.measured.size() && listed < kMostRows; ++listed) {
    const auto i = digest.measured[listed];
    const auto& sequence = digest.result->sequences[i];
    std::vector<std::string> cells = {escaped(sequence.name)};
    if (has_films) cells.push_back(std::to_string(sequence.frames.size()));
    for (std::size_t column = 0; column < columns.size(); ++column) {
      cells.push_back(number_text(digest.numbers[i][column], columns[column].decimals));
    }
    for (std::size_t column = 0; has_films && column < digest.pooled_columns.size(); ++column) {
      const auto value = pooled_value(sequence, digest.pooled_columns[column]);
      cells.push_back(value ? number_text(*value, digest.pooled_columns[column].decimals) : "");
    }
    text += row(cells);
  }
  if (digest.measured.size() > kMostRows) {
    text += "\n" + std::to_string(digest.measured.size() - kMostRows) +
            " more are in the JSON and CSV reports.\n";
  }
  return text + "\n";
}

std::string list_text(const std::string& title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string text = "## " + title + "\n\n";
  for (const auto& item : items) text += "- " + item + "\n";
  return text + "\n";
}

std::string lists_text(const Digest& digest) {
  const auto& result = *digest.result;
  std::vector<std::string> protocol, notes, failures;
  for (const auto& sentence : result.protocol) protocol.push_back(escaped(sentence));
  for (const auto& note : shared_notes(result)) {
    const bool is_one = result.sequences.size() == 1;
    notes.push_back((is_one ? "" : escaped(names_of(result, note.sequences)) + ": ") +
                    escaped(note.text));
  }
  for (const auto i : digest.failed) {
    failures.push_back(escaped(failure_text(result.sequences[i])));
  }
  return list_text("Not measured", failures) + list_text("Protocol", protocol) +
         list_text("Notes", notes);
}

}  // namespace

std::string markdown_report(const Result& result, const ReportHead& head) {
  const Digest digest(result);
  std::string text = head_text(head);
  if (result.sequences.empty()) {
    text += "Nothing was compared.\n\n";
  } else if (!digest.measured.empty()) {
    text += overall_text(digest) + pooled_text(digest) + sequences_text(digest);
  }
  text += lists_text(digest);
  text.pop_back();  // The empty line at the end.
  return text;
}

}  // namespace vcisr::evaluation
