// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: its lines, written and read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vcisr/trainers/training_log.h"

namespace vcisr::trainers {

/// One line, its line break included. `wall_seconds` is the time since 1970.
[[nodiscard]] std::string metrics_line(const LogPoint& point, double wall_seconds);
[[nodiscard]] std::string metrics_line(const ValidationPoint& point, double wall_seconds);

/// Drops lines of later steps, and what is no line of ours: a killed run leaves half a line at the
/// end, which is dropped silently; others are counted in a logged warning. Atomic; a missing file
/// and one with nothing to drop are left alone.
/// Errors  InputError, OutputError.
void keep_metrics_to(const std::filesystem::path& path, std::int64_t step);

/// All points, in the file's order. Null is NaN. Lines of another form are left out.
struct MetricsHistory {
  std::vector<LogPoint> log;
  std::vector<ValidationPoint> validation;
  double begin_seconds = 0;  ///< Wall time of the first line, of the last.
  double end_seconds = 0;
};

/// Errors  InputError.
[[nodiscard]] MetricsHistory read_metrics(const std::filesystem::path& path);

}  // namespace vcisr::trainers
