// SPDX-License-Identifier: Apache-2.0
#include "media/packet_timeline.h"

#include <algorithm>

namespace vcisr::media {

std::int64_t PacketTimeline::add(std::int64_t pts, std::int64_t duration) {
  if (count_ == 0) {
    origin_ = {pts, duration};
    pace_ = std::max<std::int64_t>(1, duration);
  } else if (count_ == 1) {
    pace_ = std::max<std::int64_t>(1, pts - origin_.pts);
  }
  entries_.push_back({pts, duration});
  return count_++;
}

std::int64_t PacketTimeline::time_of(std::int64_t index) const {
  if (index < 0) return time_of(index + delay_) - (time_of(delay_) - origin_.pts);
  const std::int64_t at = index - first_index_;
  const std::int64_t last = std::ssize(entries_) - 1;
  // Films shorter than the delay go on at the pace of their beginning.
  if (at > last) return entries_.back().pts + (at - last) * pace_;
  return entries_[static_cast<std::size_t>(std::max<std::int64_t>(at, 0))].pts;
}

PacketTimeline::Times PacketTimeline::take(std::int64_t pts_index, std::int64_t dts_index) {
  dts_index = std::min(dts_index, pts_index);
  // The first packet's is the lowest.
  delay_ = std::max(delay_, -dts_index);
  const std::int64_t at =
      std::clamp<std::int64_t>(pts_index - first_index_, 0, std::ssize(entries_) - 1);
  const Entry& shown = entries_[static_cast<std::size_t>(at)];
  Times times{shown.pts, time_of(dts_index), shown.duration};
  if (times.duration <= 0 && at + 1 < std::ssize(entries_)) {
    times.duration = entries_[static_cast<std::size_t>(at + 1)].pts - shown.pts;
  }
  if (times.duration <= 0) times.duration = pace_;
  if (last_dts_ != INT64_MIN && times.dts <= last_dts_) {
    times.dts = std::min(last_dts_ + 1, times.pts);
  }
  last_dts_ = times.dts;
  // Later packets decode later, so they show frames behind this time too.
  while (first_index_ < dts_index && entries_.size() > 1) {
    entries_.pop_front();
    ++first_index_;
  }
  return times;
}

}  // namespace vcisr::media
