// SPDX-License-Identifier: Apache-2.0
#include "media/packet_timeline.h"

#include <vector>

#include <gtest/gtest.h>

namespace vcisr::media {
namespace {

TEST(PacketTimeline, GivesReorderedPacketsOfVariableRateTheirTimes) {
  PacketTimeline timeline;
  const std::vector<std::int64_t> pts = {0, 512, 1536, 2048, 2560};
  for (const std::int64_t time : pts) timeline.add(time, 512);
  // I0 P3 B1 B2 P4, two frames of delay.
  const std::vector<std::int64_t> order = {0, 3, 1, 2, 4};
  const std::vector<std::int64_t> expected_dts = {-1536, -1024, 0, 512, 1536};
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto times = timeline.take(order[k], static_cast<std::int64_t>(k) - 2);
    EXPECT_EQ(times.pts, pts[static_cast<std::size_t>(order[k])]);
    EXPECT_EQ(times.dts, expected_dts[k]);
    EXPECT_LE(times.dts, times.pts);
    EXPECT_EQ(times.duration, 512);
  }
}

TEST(PacketTimeline, TakesDurationsFromTheNextFrameWhereThereIsNone) {
  PacketTimeline timeline;
  for (const std::int64_t time : {100, 140, 200}) timeline.add(time, 0);
  EXPECT_EQ(timeline.take(0, 0).duration, 40);
  EXPECT_EQ(timeline.take(1, 1).duration, 60);
  EXPECT_EQ(timeline.take(2, 2).duration, 40);  // the film's first pace
}

TEST(PacketTimeline, KeepsDecodingTimesInOrder) {
  PacketTimeline timeline;
  for (const std::int64_t time : {0, 10, 20, 30}) timeline.add(time, 10);
  EXPECT_EQ(timeline.take(0, 0).dts, 0);
  EXPECT_EQ(timeline.take(2, 0).dts, 1);  // an encoder that repeats itself
  EXPECT_EQ(timeline.take(3, 5).dts, 30);
}

TEST(PacketTimeline, TakesAFilmShorterThanTheDelay) {
  PacketTimeline timeline;
  timeline.add(90, 10);
  const auto times = timeline.take(0, -3);
  EXPECT_EQ(times.pts, 90);
  EXPECT_EQ(times.dts, 60);
}

}  // namespace
}  // namespace vcisr::media
