// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "evaluation/report_data.h"
#include "evaluation/report_text.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation {
namespace {

constexpr int kGap = 2;  ///< Between two columns.
constexpr int kLeastName = 12;
constexpr std::size_t kMostNotes = 6;

/// A table of numbers: names at the left, columns with a head of two lines.
struct Grid {
  struct Numbers {
    std::string name;  ///< With its arrow.
    std::string unit;
    std::vector<std::string> cells;
    [[nodiscard]] int width() const {
      int width = std::max(display_width(name), display_width(unit));
      for (const auto& cell : cells) width = std::max(width, display_width(cell));
      return width;
    }
  };
  std::string corner;
  std::vector<std::string> names;
  std::vector<std::size_t> rules = {0};  ///< Rows that a rule stands before.
  std::vector<Numbers> columns;
};

std::string without_end_spaces(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

/// The columns [begin, end) of a grid.
std::string block_text(const Grid& grid, std::size_t begin, std::size_t end, int name_width) {
  std::vector<int> widths;
  int total = name_width;
  bool has_units = false;
  for (std::size_t i = begin; i < end; ++i) {
    widths.push_back(grid.columns[i].width());
    total += kGap + widths.back();
    has_units = has_units || !grid.columns[i].unit.empty();
  }
  const auto line = [&](const std::string& name, auto cell) {
    std::string text = left_aligned(shortened(name, name_width), name_width);
    for (std::size_t i = begin; i < end; ++i) {
      text += right_aligned(cell(grid.columns[i]), widths[i - begin] + kGap);
    }
    return without_end_spaces(text);
  };
  std::string text = line(grid.corner, [](const Grid::Numbers& column) { return column.name; });
  if (has_units) text += line("", [](const Grid::Numbers& column) { return column.unit; });
  std::string rule;
  for (int i = 0; i < total; ++i) rule += "─";
  for (std::size_t row = 0; row < grid.names.size(); ++row) {
    if (std::count(grid.rules.begin(), grid.rules.end(), row) > 0) text += rule + '\n';
    text += line(grid.names[row], [row](const Grid::Numbers& column) { return column.cells[row]; });
  }
  return text;
}

/// As many columns side by side as `width` takes, the others below them.
std::string grid_text(const Grid& grid, int width) {
  int names = display_width(grid.corner), numbers = 0;
  for (const auto& name : grid.names) names = std::max(names, display_width(name));
  for (const auto& column : grid.columns) numbers += kGap + column.width();
  const int most = std::max({kLeastName, width / 3, width - numbers});
  const int name_width = std::min(names, most);
  std::string text;
  for (std::size_t begin = 0; begin < grid.columns.size();) {
    std::size_t end = begin;
    int used = name_width;
    do {
      used += kGap + grid.columns[end].width();
      ++end;
    } while (end < grid.columns.size() && used + kGap + grid.columns[end].width() <= width);
    text += (begin > 0 ? "\n" : "") + block_text(grid, begin, end, name_width);
    begin = end;
  }
  return text;
}

Grid::Numbers head_of(const metrics::Column& column) {
  return {one_line(column.name) + " " + arrow(column.better), one_line(column.unit), {}};
}

void add_sequence_rows(Grid& grid, const Digest& digest, std::size_t most_rows) {
  const auto rows = std::min(digest.measured.size(), most_rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto i = digest.measured[row];
    grid.names.push_back(one_line(digest.result->sequences[i].name));
    for (std::size_t column = 0; column < grid.columns.size(); ++column) {
      grid.columns[column].cells.push_back(
          number_text(digest.numbers[i][column], digest.result->columns[column].decimals));
    }
  }
  if (rows < digest.measured.size()) {
    grid.names.push_back("… and " + std::to_string(digest.measured.size() - rows) + " more");
    for (auto& column : grid.columns) column.cells.emplace_back();
  }
}

/// One film's least and greatest values are followed by where they are.
void add_statistics_rows(Grid& grid, const Digest& digest) {
  constexpr std::pair<const char*, double Statistics::*> kRows[] = {{"mean", &Statistics::mean},
                                                                    {"median", &Statistics::median},
                                                                    {"stdev", &Statistics::stdev},
                                                                    {"min", &Statistics::min},
                                                                    {"max", &Statistics::max}};
  if (!grid.names.empty()) grid.rules.push_back(grid.names.size());
  for (const auto& [name, member] : kRows) {
    grid.names.emplace_back(name);
    for (std::size_t column = 0; column < grid.columns.size(); ++column) {
      grid.columns[column].cells.push_back(
          number_text(digest.overall[column].*member, digest.result->columns[column].decimals));
    }
    const bool is_place = member == &Statistics::min || member == &Statistics::max;
    if (!is_place || !digest.is_single()) continue;
    grid.names.emplace_back("  at frame");
    for (std::size_t column = 0; column < grid.columns.size(); ++column) {
      const double value = digest.overall[column].*member;
      const auto frame = frame_with(digest.single(), column, value);
      grid.columns[column].cells.push_back(frame ? std::to_string(*frame) : "");
    }
  }
}

std::string numbers_text(const Digest& digest, const TableOptions& options) {
  Grid grid;
  for (const auto& column : digest.result->columns) grid.columns.push_back(head_of(column));
  const bool are_means = digest.noun != "picture" && !digest.is_single();
  grid.corner = digest.population() + (are_means ? " (means)" : "");
  if (!digest.is_single() || !digest.has_statistics()) {
    add_sequence_rows(grid, digest, options.most_rows);
  }
  if (digest.has_statistics()) add_statistics_rows(grid, digest);
  return grid_text(grid, options.width);
}

/// Which sequence is the worst in each column; of one film the table says which frame.
std::string worst_text(const Digest& digest, int width) {
  if (digest.is_single()) return "";
  std::vector<std::pair<std::string, std::string>> lines;
  int widest = 0;
  for (std::size_t column = 0; column < digest.overall.size(); ++column) {
    const auto& head = digest.result->columns[column];
    const auto& numbers = digest.overall[column];
    const double worst = head.better == metrics::Better::kHigher ? numbers.min : numbers.max;
    if (!std::isfinite(worst) || numbers.min == numbers.max) continue;
    const std::string name = shortened(digest.member_with(column, worst), std::max(20, width / 2));
    lines.emplace_back(one_line(head.name), name + " (" + value_with_unit(worst, head) + ")");
    widest = std::max(widest, display_width(lines.back().first));
  }
  std::string text;
  for (const auto& [name, who] : lines) {
    text += wrapped(who, width, "  " + left_aligned(name, widest) + "  ");
  }
  return text.empty() ? "" : "\nWorst " + digest.noun + "\n" + text;
}

/// Of one sequence a line for each score, of several films a table.
std::string pooled_text(const Digest& digest, const TableOptions& options) {
  if (digest.is_single() || digest.noun == "picture") {
    int widest = 0;
    for (const auto& score : digest.pooled) {
      widest = std::max(widest, display_width(one_line(score.column.name)));
    }
    std::string text;
    for (const auto& score : digest.pooled) {
      text += "  " + left_aligned(one_line(score.column.name), widest) + " " +
              arrow(score.column.better) + "  " + value_with_unit(score.value, score.column) + "\n";
    }
    const std::string all = digest.is_single() ? "" : " of all " + digest.noun + "s";
    return text.empty() ? "" : "\nPooled over all frames" + all + "\n" + text;
  }
  Grid grid{.corner = "pooled over the frames"};
  for (const auto& column : digest.pooled_columns) grid.columns.push_back(head_of(column));
  const auto add_row = [&grid, &digest](const std::string& name, const auto& value_of) {
    grid.names.push_back(name);
    for (std::size_t i = 0; i < grid.columns.size(); ++i) {
      const auto& column = digest.pooled_columns[i];
      const std::optional<double> value = value_of(column);
      grid.columns[i].cells.push_back(value ? number_text(*value, column.decimals) : "");
    }
  };
  const auto rows = std::min(digest.measured.size(), options.most_rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto& sequence = digest.result->sequences[digest.measured[row]];
    add_row(one_line(sequence.name),
            [&sequence](const metrics::Column& column) { return pooled_value(sequence, column); });
  }
  if (!digest.pooled.empty()) {
    grid.rules.push_back(grid.names.size());
    const SequenceResult all{.pooled = digest.pooled};
    add_row("of all " + digest.noun + "s",
            [&all](const metrics::Column& column) { return pooled_value(all, column); });
  }
  return grid.columns.empty() ? "" : "\n" + grid_text(grid, options.width);
}

std::string sentences_text(const std::string& title, const std::vector<std::string>& sentences,
                           int width) {
  if (sentences.empty()) return "";
  std::string text = "\n" + title + "\n";
  for (const auto& sentence : sentences) text += wrapped(sentence, width, "  ");
  return text;
}

std::vector<std::string> note_sentences(const Digest& digest) {
  const auto notes = shared_notes(*digest.result);
  std::vector<std::string> sentences;
  for (const auto& note : notes) {
    if (sentences.size() == kMostNotes) {
      sentences.push_back("… and " + std::to_string(notes.size() - kMostNotes) + " more");
      break;
    }
    const std::string whose =
        digest.result->sequences.size() == 1 ? "" : names_of(*digest.result, note.sequences) + ": ";
    sentences.push_back(whose + one_line(note.text));
  }
  return sentences;
}

std::vector<std::string> error_sentences(const Digest& digest) {
  std::vector<std::string> sentences;
  for (const auto i : digest.failed) {
    sentences.push_back(failure_text(digest.result->sequences[i]));
  }
  return sentences;
}

}  // namespace

std::string table_report(const Result& result, const TableOptions& options) {
  const Digest digest(result);
  std::string text;
  if (digest.measured.empty()) {
    text = result.sequences.empty()
               ? "Nothing was compared.\n"
               : "No numbers: " +
                     counted(static_cast<std::int64_t>(result.sequences.size()), digest.noun) +
                     ", and none could be measured.\n";
  } else {
    text = numbers_text(digest, options);
    for (const auto& sentence : digest.left_out()) text += wrapped(sentence, options.width, "");
    text += worst_text(digest, options.width) + pooled_text(digest, options);
  }
  std::vector<std::string> protocol;
  for (const auto& sentence : result.protocol) protocol.push_back(one_line(sentence));
  text += sentences_text("Protocol", protocol, options.width);
  text += sentences_text("Notes", note_sentences(digest), options.width);
  return text + sentences_text("Not measured", error_sentences(digest), options.width);
}

}  // namespace vcisr::evaluation
