// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

namespace vcisr::log {

/// Order = severity. `kNone` is a threshold only.
enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kCritical, kNone };

/// Receives each message that passes the threshold, without a trailing line break.
/// Threads  called from any thread, one call at a time.
using Sink = std::function<void(Level, std::string_view message)>;

/// What happens to messages; the library's default drops all below `kWarn` and writes the rest to
/// stderr. Only an application calls these. nullptr restores the default sink.
void set_sink(Sink sink);
void set_level(Level level);
[[nodiscard]] Level level() noexcept;

/// Appends every message that passes the threshold to a file, with time and level, as well.
/// Errors  OutputError if the file cannot be opened.
void add_file(std::string_view path);

/// Threads  safe from any thread.
void write(Level level, std::string_view message);
inline void trace(std::string_view message) { write(Level::kTrace, message); }
inline void debug(std::string_view message) { write(Level::kDebug, message); }
inline void info(std::string_view message) { write(Level::kInfo, message); }
inline void warn(std::string_view message) { write(Level::kWarn, message); }
inline void error(std::string_view message) { write(Level::kError, message); }

/// "trace" … "critical", "none"; ConfigError names the allowed words.
[[nodiscard]] Level parse_level(std::string_view name);

}  // namespace vcisr::log
