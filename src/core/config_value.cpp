// SPDX-License-Identifier: Apache-2.0
#include "core/config_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace vcisr::yaml {
namespace {

/// A decimal number as written: (-1)^negative * digits * 10^exponent.
struct Decimal {
  bool negative = false;
  std::string digits;  // Without leading zeros; "" is zero.
  std::int64_t exponent = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Moves digits from the front of `text` to `digits`, single underscores between them left out.
bool take_digits(std::string_view& text, std::string& digits) {
  bool any = false;
  while (!text.empty()) {
    if (is_digit(text[0])) {
      digits += text[0];
      any = true;
    } else if (!(text[0] == '_' && any && text.size() > 1 && is_digit(text[1]))) {
      break;
    }
    text.remove_prefix(1);
  }
  return any;
}

std::optional<std::int64_t> take_exponent(std::string_view text) {
  text.remove_prefix(1);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  std::string digits;
  if (!take_digits(text, digits) || !text.empty()) return std::nullopt;
  digits.erase(0, digits.find_first_not_of('0'));
  // Longer ones are out of every range; clamped so that sums of exponents cannot overflow.
  const std::int64_t value = digits.size() > 9 ? 1'000'000'000 : std::atoll(digits.c_str());
  return negative ? -value : value;
}

/// std::nullopt for what is not a decimal number in YAML's sense (with our underscores).
std::optional<Decimal> scan(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool any = take_digits(text, number.digits);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    const auto before = static_cast<std::int64_t>(number.digits.size());
    any = take_digits(text, number.digits) || any;
    number.exponent = before - static_cast<std::int64_t>(number.digits.size());
  }
  if (!any) return std::nullopt;
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    number.exponent += *exponent;
  }
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  return number;
}

/// 0x1f as a decimal number.
std::optional<Decimal> scan_hexadecimal(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (!(text.starts_with("0x") || text.starts_with("0X"))) return std::nullopt;
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value > 0) number.digits = std::to_string(value);
  return number;
}

bool is_not_finite(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  static constexpr std::array<std::string_view, 10> kWords = {
      ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", "inf", "nan", "infinity", "NaN"};
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

enum class Whole { kYes, kFraction, kTooLarge };

/// The exact value, if it is whole and fits 64 bits.
Whole to_integer(const Decimal& number, std::int64_t& value) {
  value = 0;
  if (number.digits.empty()) return Whole::kYes;
  std::string digits = number.digits;
  for (std::int64_t i = number.exponent; i < 0; ++i) {
    if (digits.empty() || digits.back() != '0') return Whole::kFraction;
    digits.pop_back();
  }
  constexpr std::int64_t kMostDigits = 19;
  if (static_cast<std::int64_t>(digits.size()) + std::max<std::int64_t>(0, number.exponent) >
      kMostDigits) {
    return Whole::kTooLarge;
  }
  if (number.exponent > 0) digits.append(static_cast<std::size_t>(number.exponent), '0');
  std::uint64_t magnitude = 0;  // 19 digits always fit.
  for (const char c : digits) magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (number.negative ? 0 : 1);
  if (magnitude > limit) return Whole::kTooLarge;
  value = static_cast<std::int64_t>(number.negative ? 0 - magnitude : magnitude);
  return Whole::kYes;
}

/// The decimal number in a scalar whose tag lets it be one.
std::optional<Decimal> number_in(const Node& node) {
  if (node.kind != NodeKind::kScalar) return std::nullopt;
  if (!node.tag.empty() && node.tag != "int" && node.tag != "float") return std::nullopt;
  const auto decimal = scan(node.text);
  return decimal ? decimal : scan_hexadecimal(node.text);
}

template <class T>
std::string expected(const Node& node, const T& value) {
  if (node.kind != NodeKind::kScalar) {
    return describe(node) + " was given, " + type_name(value) + " was expected";
  }
  return describe(node) + " is not " + type_name(value);
}

template <class T>
std::string parse_integer(const Node& node, T& value) {
  const auto number = number_in(node);
  if (!number) return expected(node, value);
  std::int64_t wide = 0;
  const Whole whole = to_integer(*number, wide);
  if (whole == Whole::kFraction) return expected(node, value);
  constexpr auto kLowest = std::numeric_limits<T>::min();
  constexpr auto kHighest = std::numeric_limits<T>::max();
  if (whole == Whole::kTooLarge || wide < kLowest || wide > kHighest) {
    return shown(node.text) + " is outside [" + to_text(kLowest) + ", " + to_text(kHighest) + "]";
  }
  value = static_cast<T>(wide);
  return "";
}

template <class T>
std::string parse_real(const Node& node, T& value) {
  const auto number = number_in(node);
  if (!number) {
    const bool is_number = node.kind == NodeKind::kScalar && node.tag != "str";
    if (is_number && is_not_finite(node.text)) return shown(node.text) + " is not a finite number";
    return expected(node, value);
  }
  if (number->digits.empty()) {
    value = number->negative ? -T{0} : T{0};
    return "";
  }
  const std::string text =
      (number->negative ? "-" : "") + number->digits + "e" + std::to_string(number->exponent);
  T parsed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size()) {
    return shown(node.text) + " is beyond what a " + (sizeof(T) == 4 ? "32" : "64") +
           "-bit float can hold";
  }
  value = parsed;
  return "";
}

template <class T>
std::string shortest(T value) {
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::string(text.data(), end) : std::string();
}

}  // namespace

std::string parse_value(const Node& node, bool& value) {
  static constexpr std::array<std::string_view, 9> kTrue = {"true", "True", "TRUE", "yes", "Yes",
                                                            "YES",  "on",   "On",   "ON"};
  static constexpr std::array<std::string_view, 9> kFalse = {"false", "False", "FALSE", "no", "No",
                                                             "NO",    "off",   "Off",   "OFF"};
  const bool may_be = node.kind == NodeKind::kScalar && (node.tag.empty() || node.tag == "bool");
  const bool is_true = std::find(kTrue.begin(), kTrue.end(), node.text) != kTrue.end();
  const bool is_false = std::find(kFalse.begin(), kFalse.end(), node.text) != kFalse.end();
  if (!may_be || !(is_true || is_false)) return expected(node, value);
  value = is_true;
  return "";
}

std::string parse_value(const Node& node, int& value) { return parse_integer(node, value); }
std::string parse_value(const Node& node, std::int64_t& value) {
  return parse_integer(node, value);
}
std::string parse_value(const Node& node, float& value) { return parse_real(node, value); }
std::string parse_value(const Node& node, double& value) { return parse_real(node, value); }

std::string parse_value(const Node& node, std::string& value) {
  if (node.kind != NodeKind::kScalar || !(node.tag.empty() || node.tag == "str")) {
    return expected(node, value);
  }
  value = node.text;
  return "";
}

std::string to_text(bool value) { return value ? "true" : "false"; }
std::string to_text(int value) { return std::to_string(value); }
std::string to_text(std::int64_t value) { return std::to_string(value); }
std::string to_text(float value) { return shortest(value); }
std::string to_text(double value) { return shortest(value); }

std::string describe(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return "nothing (~)";
    case NodeKind::kList:
      return "a list";
    case NodeKind::kMap:
      return "a section";
    case NodeKind::kScalar:
      break;
  }
  if (node.text.empty()) return "empty text";
  if (!node.tag.empty() && node.tag != "str") return "!!" + node.tag + " " + shown(node.text);
  return (node.tag == "str" ? "the text " : "") + shown(node.text);
}

bool needs_quotes(const std::string& text) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+";
  static constexpr std::array<std::string_view, 6> kSpecial = {"",     "~",    "null",
                                                               "Null", "NULL", "."};
  if (std::find(kSpecial.begin(), kSpecial.end(), text) != kSpecial.end()) return true;
  // Dashes are harmless except at the front.
  return text.find_first_not_of(std::string(kPlain) + "-") != std::string::npos || text[0] == '-';
}

}  // namespace vcisr::yaml
