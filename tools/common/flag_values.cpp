// SPDX-License-Identifier: Apache-2.0
#include "common/flag_values.h"

#include <cmath>

#include "vcisr/core/error.h"

namespace vcisr::tools {

void check_range(std::int64_t value, std::int64_t low, std::int64_t high, const std::string& flag) {
  if (value >= low && value <= high) return;
  throw ConfigError(flag + " " + std::to_string(value) + " is outside [" + std::to_string(low) +
                    ", " + std::to_string(high) + "]");
}

double parse_time(const std::string& text, const std::string& flag) {
  double seconds = 0;
  std::size_t begin = 0;
  for (int part = 0; part < 3; ++part) {
    const auto colon = text.find(':', begin);
    const auto value = number<double>(std::string_view(text).substr(
        begin, colon == std::string::npos ? std::string::npos : colon - begin));
    if (!value || !(*value >= 0) || !std::isfinite(*value)) break;
    seconds = seconds * 60 + *value;
    if (colon == std::string::npos) return seconds;
    begin = colon + 1;
  }
  throw ConfigError(flag + " '" + text + "' is not a time like 90, 1:30 or 0:01:30.5");
}

media::Rational parse_rate(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos) {
    const auto num = number<std::int64_t>(std::string_view(text).substr(0, slash));
    const auto den = number<std::int64_t>(std::string_view(text).substr(slash + 1));
    if (num && den && *num > 0 && *den > 0 && *num <= 1000000 && *den <= 1000000) {
      return {*num, *den};
    }
  } else if (const auto rate = number<double>(text); rate && *rate > 0 && *rate <= 1000) {
    // 23.976, 29.97 and 59.94 mean n * 1000 / 1001.
    const double whole = std::round(*rate);
    if (std::abs(*rate - whole) < 1e-9) return {static_cast<std::int64_t>(whole), 1};
    if (std::abs(*rate - whole / 1.001) < 0.005) return {std::llround(whole) * 1000, 1001};
    return {std::llround(*rate * 1000), 1000};
  }
  throw ConfigError("--fps '" + text + "' is not a rate like 25, 23.976 or 30000/1001");
}

media::VideoDecoderOptions film_options(const FilmFlags& flags) {
  media::VideoDecoderOptions decoder;
  if (!flags.start.empty()) decoder.start_s = parse_time(flags.start, "--start");
  if (!flags.end.empty()) decoder.end_s = parse_time(flags.end, "--end");
  if (decoder.start_s && decoder.end_s && *decoder.start_s >= *decoder.end_s) {
    throw ConfigError("--start " + flags.start + " is not before --end " + flags.end);
  }
  if (!flags.fps.empty()) decoder.raw_frame_rate = parse_rate(flags.fps);
  decoder.raw_pixel_format = flags.input_pixel_format;
  if (flags.input_size.empty()) return decoder;
  const std::string_view size = flags.input_size;
  const auto cross = size.find('x');
  const auto width = number<std::int64_t>(size.substr(0, cross));
  const auto height =
      cross == std::string::npos ? std::nullopt : number<std::int64_t>(size.substr(cross + 1));
  if (!width || !height || *width < 1 || *height < 1) {
    throw ConfigError("--input-size '" + flags.input_size + "' is not of the form 352x288");
  }
  decoder.raw_width = *width;
  decoder.raw_height = *height;
  return decoder;
}

}  // namespace vcisr::tools
