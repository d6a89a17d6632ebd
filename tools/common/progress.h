// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace vcisr::tools {

enum class ProgressStyle { kAuto, kBar, kPlain, kJson, kNone };

/// "auto", "bar", "plain", "json", "none". Errors  ConfigError.
[[nodiscard]] ProgressStyle parse_progress_style(const std::string& word);

/// Ends the line of a progress bar that stands half-written on the terminal; a log line follows.
void finish_progress_line();

/// What is counted.
struct ProgressUnit {
  std::string things = "frames";
  std::string rate = "fps";
  std::string rate_key = "fps";  ///< In JSON.
};

/// Things done, their rate and time left, on stderr.
///
/// Styles   auto: a bar on a terminal, else nothing. plain: a line every five seconds. json: a line
/// per
///          update, `{"event": "progress", "file": …, "frames": …, "expected": …, "fps": …,
///          "eta_s": …}`.
/// Threads  one at a time.
class Progress {
 public:
  explicit Progress(ProgressStyle style, ProgressUnit unit = {});

  void start(const std::string& title, std::optional<std::int64_t> expected);
  void update(std::int64_t done);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  void draw(std::int64_t done, double seconds);

  ProgressStyle style_;
  ProgressUnit unit_;
  std::string title_;
  std::optional<std::int64_t> expected_;
  std::int64_t done_ = 0;
  Clock::time_point start_;
  Clock::time_point drawn_;
};

}  // namespace vcisr::tools
