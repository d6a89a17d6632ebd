// SPDX-License-Identifier: Apache-2.0
// TensorBoard's records as bytes: events as protocol buffers, framed as TFRecords.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vcisr::trainers {

/// When and at which step.
struct EventTime {
  double wall_seconds = 0;  ///< Since 1970.
  std::int64_t step = 0;
};

/// Length, its checksum, the bytes, their checksum.
[[nodiscard]] std::string tfrecord(std::string_view bytes);

/// Each is one Event message.
[[nodiscard]] std::string version_event(const EventTime& time);
/// Says that a session begins: readers forget later steps of earlier sessions.
[[nodiscard]] std::string session_start_event(const EventTime& time);
[[nodiscard]] std::string scalars_event(const EventTime& time,
                                        const std::vector<std::pair<std::string, double>>& values);
/// `file`: a PNG.
[[nodiscard]] std::string image_event(const EventTime& time, const std::string& tag,
                                      std::int64_t width, std::int64_t height,
                                      std::string_view file);
[[nodiscard]] std::string text_event(const EventTime& time, const std::string& tag,
                                     std::string_view text);

}  // namespace vcisr::trainers
