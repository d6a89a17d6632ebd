// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/log.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kCritical:
      return spdlog::level::critical;
    case Level::kNone:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

struct State {
  std::mutex mutex;
  std::atomic<Level> threshold{Level::kWarn};
  Sink sink;
  std::shared_ptr<spdlog::logger> standard_error =
      std::make_shared<spdlog::logger>("vcisr", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::shared_ptr<spdlog::logger> file;

  State() {
    standard_error->set_pattern("%^[%l]%$ %v");
    standard_error->set_level(spdlog::level::trace);
  }
};

// Leaked on purpose: FFmpeg's threads may log while statics are being destroyed.
State& state() {
  static State* const instance = std::make_unique<State>().release();
  return *instance;
}

}  // namespace

void set_sink(Sink sink) {
  const std::scoped_lock lock(state().mutex);
  state().sink = std::move(sink);
}

void set_level(Level level) { state().threshold = level; }
Level level() noexcept { return state().threshold; }

void add_file(std::string_view path) {
  try {
    auto file = std::make_shared<spdlog::logger>(
        "vcisr-file", std::make_shared<spdlog::sinks::basic_file_sink_mt>(std::string(path)));
    file->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    file->set_level(spdlog::level::trace);
    file->flush_on(spdlog::level::trace);
    const std::scoped_lock lock(state().mutex);
    state().file = std::move(file);
  } catch (const spdlog::spdlog_ex& error) {
    throw OutputError(std::string(path) + ": the log file cannot be opened: " + error.what());
  }
}

void write(Level level, std::string_view message) {
  auto& s = state();
  if (level < s.threshold.load(std::memory_order_relaxed) || level == Level::kNone) return;
  const std::scoped_lock lock(s.mutex);
  const spdlog::string_view_t text(message.data(), message.size());
  if (s.file) s.file->log(to_spdlog(level), text);
  if (s.sink) {
    s.sink(level, message);
  } else {
    s.standard_error->log(to_spdlog(level), text);
  }
}

Level parse_level(std::string_view name) {
  static const std::vector<std::string> names = {"trace", "debug",    "info", "warn",
                                                 "error", "critical", "none"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Level>(i);
  }
  if (name == "warning") return Level::kWarn;
  throw ConfigError("log level '" + std::string(name) + "' is not one of " + join(names));
}

}  // namespace vcisr::log
