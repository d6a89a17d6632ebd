// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "evaluation/html_parts.h"
#include "evaluation/report_text.h"

namespace vcisr::evaluation {
namespace {

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(bytes.size() - i, 3);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < left ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= left ? kDigits[group >> (18 - 6 * j) & 0x3F] : '=';
    }
  }
  return text;
}

std::string picture(const std::vector<std::uint8_t>& jpeg, const WorstFrame& worst,
                    const std::string& what) {
  if (jpeg.empty()) return "";
  std::string size;
  if (worst.width > 0 && worst.height > 0) {
    size = " width=\"" + std::to_string(worst.width) + "\" height=\"" +
           std::to_string(worst.height) + "\"";
  }
  return "<div><img alt=\"" + what + "\"" + size + " src=\"data:image/jpeg;base64," + base64(jpeg) +
         "\"><small>" + what + "</small></div>";
}

/// "5.0203 dB below the mean".
std::string distance_text(double value, double mean, const metrics::Column& column) {
  if (!std::isfinite(value) || !std::isfinite(mean)) return "";
  return value_with_unit(std::abs(value - mean), column) +
         (value < mean ? " below the mean" : " above the mean");
}

/// The frame's numbers in all other columns.
std::string other_values(const Digest& digest, const WorstFrame& worst) {
  const auto& sequence = digest.result->sequences[worst.sequence];
  const auto row = static_cast<std::size_t>(
      std::find(sequence.frames.begin(), sequence.frames.end(), worst.frame) -
      sequence.frames.begin());
  std::string html;
  for (std::size_t column = 0; column < digest.result->columns.size(); ++column) {
    const auto values = column_values(sequence, column);
    if (column == digest.result->ranked_column || row >= values.size()) continue;
    const auto& head = digest.result->columns[column];
    html += (html.empty() ? "" : " · ") + html_text(head.name) + "&nbsp;" +
            html_text(number_text(values[row], head.decimals));
  }
  return html.empty() ? "" : "<br>\n<small>" + html + "</small>";
}

std::string card(const Digest& digest, const WorstFrame& worst) {
  const auto& sequence = digest.result->sequences[worst.sequence];
  const auto& column = digest.result->columns[digest.result->ranked_column];
  const bool is_film = sequence.is_film;
  const double mean = is_film ? digest.numbers[worst.sequence][digest.result->ranked_column]
                              : digest.overall[digest.result->ranked_column].mean;
  std::string html = "<figure class=\"pair\">\n<div class=\"pictures\">" +
                     picture(worst.distorted_jpeg, worst, "distorted") +
                     picture(worst.reference_jpeg, worst, "reference") + "</div>\n<figcaption>" +
                     html_text(sequence.name);
  if (is_film) html += ", frame " + std::to_string(worst.frame);
  html += ": " + html_text(column.name) + " " + html_text(value_with_unit(worst.value, column));
  const auto distance = distance_text(worst.value, mean, column);
  if (!distance.empty() && digest.has_statistics()) {
    html += " <small>(" + html_text(distance) + ")</small>";
  }
  return html + other_values(digest, worst) + "</figcaption>\n</figure>\n";
}

}  // namespace

std::string html_worst(const Digest& digest) {
  const auto& result = *digest.result;
  if (result.ranked_column >= result.columns.size()) return "";
  std::string cards;
  for (const auto& worst : result.worst) {
    if (worst.sequence < result.sequences.size()) cards += card(digest, worst);
  }
  if (cards.empty()) return "";
  const auto& ranked = result.columns[result.ranked_column];
  const bool is_higher = ranked.better == metrics::Better::kHigher;
  return "<p>By " + html_text(ranked.name) + ", where " + (is_higher ? "higher" : "lower") +
         " is better.</p>\n" + "<div class=\"pairs\">\n" + cards + "</div>\n";
}

}  // namespace vcisr::evaluation
