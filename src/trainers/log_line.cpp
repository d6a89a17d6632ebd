// SPDX-License-Identifier: Apache-2.0
// Numbers as text, in BasicSR's form.
#include <cmath>
#include <cstdio>

#include "vcisr/trainers/training_log.h"

namespace vcisr::trainers {
namespace {

constexpr std::size_t kNameLetters = 5;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  const int size = std::snprintf(nullptr, 0, pattern, values...);
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  std::snprintf(text.data(), text.size(), pattern, values...);
  text.pop_back();
  return text;
}

/// The first letters; a letter of UTF-8 has one byte that does not continue another.
std::string begin_of(const std::string& name) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_continuation = (static_cast<unsigned char>(name[i]) & 0xC0) == 0x80;
    if (!is_continuation && letters++ == kNameLetters) return name.substr(0, i);
  }
  return name;
}

/// "1,234,567".
std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

}  // namespace

std::string format_duration(double seconds) {
  constexpr std::int64_t kDay = 86'400;
  constexpr double kLongest = 999'999'999.0 * kDay;  // Python's own limit.
  if (!(seconds > 0)) return "0:00:00";
  const auto total = static_cast<std::int64_t>(std::fmin(seconds, kLongest));
  const auto days = total / kDay;
  const auto rest = total % kDay;
  std::string text;
  if (days > 0) text = std::to_string(days) + (days == 1 ? " day, " : " days, ");
  return text + format("%d:%02d:%02d", static_cast<int>(rest / 3600),
                       static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
}

std::string format_log_line(const std::string& experiment, const LogPoint& point) {
  std::string line = "[" + begin_of(experiment) + "..]";
  line += format("[epoch:%3lld, iter:%8s, lr:(", static_cast<long long>(point.epoch),
                 with_commas(point.step).c_str());
  for (const double rate : point.learning_rates) line += format("%.3e,", rate);
  line += ")] [eta: " + format_duration(point.eta_seconds) + ", ";
  line += format("time (data): %.3f (%.3f)]", point.step_seconds, point.data_seconds);
  for (const auto* const numbers : {&point.losses, &point.others}) {
    for (const auto& [name, number] : *numbers) line += " " + name + format(": %.4e", number);
  }
  return line;
}

}  // namespace vcisr::trainers
