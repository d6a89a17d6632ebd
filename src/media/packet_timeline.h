// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

namespace vcisr::media {

/// Gives the packets of an encoder that counts frames the times which the frames had.
///
/// The k-th packet decodes at the time of frame k - delay, the encoder's reordering depth; the
/// first ones, for which there is none, at the time of frame k less the time that frames 0 to delay
/// take, as x264 has it.
class PacketTimeline {
 public:
  struct Times {
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    std::int64_t duration = 0;
  };

  /// The next frame, in display order; returns its number. `pts` grows strictly.
  std::int64_t add(std::int64_t pts, std::int64_t duration);

  /// Times of a packet whose frame is number `pts_index`, to be decoded at that of `dts_index`
  /// (negative before the first frame). Forgets what no later packet needs.
  [[nodiscard]] Times take(std::int64_t pts_index, std::int64_t dts_index);

 private:
  struct Entry {
    std::int64_t pts = 0;
    std::int64_t duration = 0;
  };
  [[nodiscard]] std::int64_t time_of(std::int64_t index) const;

  std::deque<Entry> entries_;
  std::int64_t first_index_ = 0;
  std::int64_t count_ = 0;
  Entry origin_;
  std::int64_t pace_ = 1;
  std::int64_t delay_ = 0;
  std::int64_t last_dts_ = INT64_MIN;
};

}  // namespace vcisr::media
