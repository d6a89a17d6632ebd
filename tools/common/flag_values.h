// SPDX-License-Identifier: Apache-2.0
// Values of flags that several tools take as text.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "vcisr/media/video_decoder.h"

namespace vcisr::tools {

/// All of `text` as a number, or nothing.
template <class T>
[[nodiscard]] std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// Errors  ConfigError naming `flag`.
void check_range(std::int64_t value, std::int64_t low, std::int64_t high, const std::string& flag);
/// "90", "1:30", "0:01:30.5" in seconds. Errors  ConfigError naming `flag`.
[[nodiscard]] double parse_time(const std::string& text, const std::string& flag);
/// "25", "30000/1001", "23.976". Errors  ConfigError.
[[nodiscard]] media::Rational parse_rate(const std::string& text);

/// What says which part of a film is read, and how raw planes lie. "" = not given.
struct FilmFlags {
  std::string start;
  std::string end;
  std::string fps;
  std::string input_size;
  std::string input_pixel_format;
};

/// Errors  ConfigError: a value that is none, an end before the start.
[[nodiscard]] media::VideoDecoderOptions film_options(const FilmFlags& flags);

}  // namespace vcisr::tools
