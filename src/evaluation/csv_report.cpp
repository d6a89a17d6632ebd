// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "evaluation/report_data.h"
#include "evaluation/report_text.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation {
namespace {

constexpr int kDigits = 10;  ///< More than a double of another machine's rounding agrees in.

/// A field of RFC 4180. One that a spreadsheet could take for a formula or a number with a sign is
/// quoted, too; it stays what it is.
std::string field(const std::string& text) {
  const std::string valid = valid_utf8(text);
  constexpr std::string_view kFormula = "=+-@ ";
  const bool is_plain = valid.find_first_of("\",\r\n") == std::string::npos && !valid.empty() &&
                        kFormula.find(valid.front()) == std::string_view::npos &&
                        valid.back() != ' ';
  if (is_plain) return valid;
  std::string quoted = "\"";
  for (const char c : valid) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string csv_report(const Result& result) {
  std::string text = "sequence,frame";
  for (const auto& column : result.columns) text += "," + field(column.name);
  text += '\n';
  for (const auto& sequence : result.sequences) {
    if (sequence.error) continue;
    const std::string name = field(sequence.name);
    for (std::size_t row = 0; row < sequence.frames.size(); ++row) {
      text += name + "," + std::to_string(sequence.frames[row]);
      for (std::size_t column = 0; column < result.columns.size(); ++column) {
        const auto values = column_values(sequence, column);
        text += ',';
        if (row < values.size() && !std::isnan(values[row])) {
          text += general_text(values[row], kDigits);
        }
      }
      text += '\n';
    }
  }
  return text;
}

}  // namespace vcisr::evaluation
