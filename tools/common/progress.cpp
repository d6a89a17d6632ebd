// SPDX-License-Identifier: Apache-2.0
#include "common/progress.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "vcisr/core/error.h"

namespace vcisr::tools {
namespace {

constexpr double kBarInterval_s = 0.1;
constexpr double kPlainInterval_s = 5;
constexpr double kJsonInterval_s = 1;
constexpr std::size_t kBarWidth = 30;

std::atomic<bool> line_is_open{false};

std::string clock_text(double seconds) {
  const auto total = static_cast<std::int64_t>(seconds);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%lld:%02d:%02d", static_cast<long long>(total / 3600),
                static_cast<int>(total / 60 % 60), static_cast<int>(total % 60));
  return text.data();
}

}  // namespace

ProgressStyle parse_progress_style(const std::string& word) {
  if (word == "auto") return ProgressStyle::kAuto;
  if (word == "bar") return ProgressStyle::kBar;
  if (word == "plain") return ProgressStyle::kPlain;
  if (word == "json") return ProgressStyle::kJson;
  if (word == "none") return ProgressStyle::kNone;
  throw ConfigError("progress '" + word + "' is not one of auto, bar, plain, json, none");
}

void finish_progress_line() {
  if (line_is_open.exchange(false)) std::fputs("\r\x1b[K", stderr);
}

Progress::Progress(ProgressStyle style, ProgressUnit unit) : style_(style), unit_(std::move(unit)) {
  if (style_ == ProgressStyle::kAuto) {
    style_ = ::isatty(STDERR_FILENO) != 0 ? ProgressStyle::kBar : ProgressStyle::kNone;
  }
}

void Progress::start(const std::string& title, std::optional<std::int64_t> expected) {
  title_ = title;
  expected_ = expected;
  done_ = 0;
  start_ = Clock::now();
  drawn_ = start_;
}

void Progress::update(std::int64_t done) {
  done_ = done;
  if (style_ == ProgressStyle::kNone) return;
  const auto now = Clock::now();
  const double interval = style_ == ProgressStyle::kBar     ? kBarInterval_s
                          : style_ == ProgressStyle::kPlain ? kPlainInterval_s
                                                            : kJsonInterval_s;
  if (std::chrono::duration<double>(now - drawn_).count() < interval) return;
  drawn_ = now;
  draw(done, std::chrono::duration<double>(now - start_).count());
}

void Progress::finish() {
  finish_progress_line();
  if (style_ == ProgressStyle::kJson) {
    draw(done_, std::chrono::duration<double>(Clock::now() - start_).count());
  }
}

void Progress::draw(std::int64_t done, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  // The container's count is an estimate: more frames than it said only end the estimate.
  const bool known = expected_ && *expected_ >= done && rate > 0;
  const double eta = known ? static_cast<double>(*expected_ - done) / rate : 0;
  if (style_ == ProgressStyle::kJson) {
    nlohmann::json line = {{"event", "progress"}, {"file", title_}};
    line[unit_.things] = done;
    line[unit_.rate_key] = rate;
    line["expected"] = expected_ ? nlohmann::json(*expected_) : nlohmann::json();
    line["eta_s"] = known ? nlohmann::json(eta) : nlohmann::json();
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::fputs(text.c_str(), stderr);
    return;
  }
  std::string count = std::to_string(done);
  if (expected_) count += "/" + std::to_string(*expected_);
  std::array<char, 160> tail{};
  std::snprintf(tail.data(), tail.size(), "%s %s  %.1f %s  %s%s", count.c_str(),
                unit_.things.c_str(), rate, unit_.rate.c_str(), known ? "ETA " : "",
                known ? clock_text(eta).c_str() : "");
  if (style_ == ProgressStyle::kPlain) {
    std::fprintf(stderr, "%s: %s\n", title_.c_str(), tail.data());
    return;
  }
  std::string bar;
  if (expected_ && *expected_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(*expected_));
    const auto filled = static_cast<std::size_t>(share * kBarWidth);
    bar = "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] ";
    bar += std::to_string(static_cast<int>(share * 100)) + " % ";
  }
  std::fprintf(stderr, "\r\x1b[K%s%s", bar.c_str(), tail.data());
  std::fflush(stderr);
  line_is_open = true;
}

}  // namespace vcisr::tools
