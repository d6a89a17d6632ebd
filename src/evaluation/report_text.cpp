// SPDX-License-Identifier: Apache-2.0
#include "evaluation/report_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <vector>

namespace vcisr::evaluation {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "…";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The character that `text` begins with, and how many bytes it takes: one, and U+FFFD, for a byte
/// that begins none (overlong forms, surrogates, cut characters).
struct Character {
  char32_t code;
  std::size_t bytes;
};

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {kReplacement, 1};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return {kReplacement, 1};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[bytes] || code > 0x10FFFF || is_surrogate) return {kReplacement, 1};
  return {code, bytes};
}

bool is_within(char32_t code, char32_t first, char32_t last) {
  return code >= first && code <= last;
}

/// Moves a cursor, or changes the direction of the text after it.
bool is_control(char32_t code) {
  return code < 0x20 || is_within(code, 0x7F, 0x9F) || is_within(code, 0x2028, 0x202E) ||
         is_within(code, 0x2066, 0x2069) || code == 0x200E || code == 0x200F || code == 0x061C ||
         code == 0xFEFF;
}

int character_width(char32_t code) {
  const bool is_mark = is_within(code, 0x300, 0x36F) || is_within(code, 0x200B, 0x200D) ||
                       is_within(code, 0x20D0, 0x20FF) || is_within(code, 0xFE00, 0xFE0F);
  if (is_mark) return 0;
  const bool is_wide = is_within(code, 0x1100, 0x115F) || is_within(code, 0x2E80, 0xA4CF) ||
                       is_within(code, 0xAC00, 0xD7A3) || is_within(code, 0xF900, 0xFAFF) ||
                       is_within(code, 0xFE30, 0xFE6F) || is_within(code, 0xFF00, 0xFF60) ||
                       is_within(code, 0xFFE0, 0xFFE6) || is_within(code, 0x1F300, 0x1FAFF) ||
                       is_within(code, 0x20000, 0x3FFFD);
  return is_wide ? 2 : 1;
}

/// `change(code)` true: the character's bytes are kept.
template <class Keep>
std::string filtered(std::string_view text, Keep keep) {
  std::string result;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    const bool is_invalid = code == kReplacement && bytes == 1;
    const std::string_view own = text.substr(0, bytes);
    result += is_invalid ? "\uFFFD" : keep(code, own);
    text.remove_prefix(bytes);
  }
  return result;
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

/// How a number cannot be written in digits; "" for one that can.
std::string word_for(double value, std::string_view not_a_number) {
  if (std::isnan(value)) return std::string(not_a_number);
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return "";
}

template <class... Format>
std::string digits_of(double value, Format... format) {
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value, format...);
  return {text.data(), result.ptr};
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  return filtered(text, [](char32_t, std::string_view own) { return own; });
}

std::string one_line(std::string_view text) {
  return filtered(text, [](char32_t code, std::string_view own) -> std::string_view {
    if (code == '\n' || code == '\r' || code == '\t') return " ";
    return is_control(code) ? "\uFFFD" : own;
  });
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    width += character_width(code);
    text.remove_prefix(bytes);
  }
  return width;
}

std::string shortened(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::vector<std::string_view> characters;
  std::vector<int> widths;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    characters.push_back(text.substr(0, bytes));
    widths.push_back(character_width(code));
    text.remove_prefix(bytes);
  }
  const int room = std::max(width - 1, 0);
  std::string head, tail;
  int used = 0;
  std::size_t end = characters.size();
  // The end of a name says more than its beginning: a number, the kind of the file.
  while (end > 0 && used + widths[end - 1] <= (room + 1) / 2) used += widths[--end];
  for (std::size_t i = end; i < characters.size(); ++i) tail += characters[i];
  for (std::size_t i = 0; i < end && used + widths[i] <= room; ++i) {
    head += characters[i];
    used += widths[i];
  }
  return head + std::string(kEllipsis) + tail;
}

std::string left_aligned(std::string_view text, int width) {
  return std::string(text) + spaces(width - display_width(text));
}

std::string right_aligned(std::string_view text, int width) {
  return spaces(width - display_width(text)) + std::string(text);
}

std::string wrapped(std::string_view text, int width, std::string_view first) {
  const int indent = display_width(first);
  std::string result, line = std::string(first);
  bool has_word = false;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (has_word && display_width(line) + 1 + display_width(word) > width) {
      result += line + '\n';
      line = spaces(indent);
      has_word = false;
    }
    if (has_word) line += ' ';
    line += word;
    has_word = true;
  }
  return result + line + '\n';
}

std::string number_text(double value, int decimals) {
  const auto word = word_for(value, "n/a");
  if (!word.empty()) return word;
  if (std::abs(value) >= 1e15) return general_text(value, 6);
  const auto text = digits_of(value, std::chars_format::fixed, std::clamp(decimals, 0, 17));
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

std::string general_text(double value, int digits) {
  const auto word = word_for(value, "nan");
  return word.empty() ? digits_of(value, std::chars_format::general, digits) : word;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string arrow(metrics::Better better) { return better == metrics::Better::kHigher ? "↑" : "↓"; }

std::string column_title(const metrics::Column& column) {
  const std::string unit = column.unit.empty() ? "" : " (" + one_line(column.unit) + ")";
  return one_line(column.name) + unit + " " + arrow(column.better);
}

std::string value_with_unit(double value, const metrics::Column& column) {
  const std::string number = number_text(value, column.decimals);
  return std::isnan(value) || column.unit.empty() ? number : number + " " + one_line(column.unit);
}

}  // namespace vcisr::evaluation
