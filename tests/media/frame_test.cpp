// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/frame.h"

#include <cstdint>
#include <cstring>

#include <gtest/gtest.h>

#include "media/frame_pool.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

TEST(Frame, HasAlignedPlanesWithChromaRoundedUp) {
  const Frame frame({PixelLayout::kYuv420, 10}, 63, 47);
  EXPECT_EQ(frame.plane(0).width, 63);
  EXPECT_EQ(frame.plane(1).width, 32);
  EXPECT_EQ(frame.plane(1).height, 24);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame.plane(i).data) % 64, 0u);
    EXPECT_EQ(frame.plane(i).stride_bytes % 64, 0);
    std::memset(frame.plane(i).data, i,
                static_cast<std::size_t>(frame.plane(i).stride_bytes * frame.plane(i).height));
  }
  EXPECT_EQ(frame.plane(0).data[0], 0);
  EXPECT_EQ(frame.plane(2).data[0], 2);
}

TEST(Frame, CopiesShareTheSamples) {
  const Frame frame({PixelLayout::kGray, 8}, 4, 4);
  const Frame copy = frame;
  EXPECT_EQ(copy.plane(0).data, frame.plane(0).data);
  EXPECT_EQ(frame.owner().use_count(), 2);
}

TEST(Frame, RefusesSizesThatNoFilmHas) {
  const PixelFormat gray{PixelLayout::kGray, 8};
  EXPECT_THROW(Frame(gray, 0, 4), InputError);
  EXPECT_THROW(Frame(gray, 4, -1), InputError);
  EXPECT_THROW(Frame(gray, 65536, 4), InputError);
}

TEST(FramePool, UsesMemoryAgainOnceItIsFree) {
  Frame kept;
  {
    FramePool pool({PixelLayout::kYuv444, 8}, 16, 16);
    Frame first = pool.get();
    const std::uint8_t* const memory = first.plane(0).data;
    const Frame second = pool.get();
    EXPECT_NE(second.plane(0).data, memory);
    first = Frame();
    kept = pool.get();
    EXPECT_EQ(kept.plane(0).data, memory);
  }
  std::memset(kept.plane(0).data, 1, 16);  // outlives its pool
}

}  // namespace
}  // namespace vcisr::media
