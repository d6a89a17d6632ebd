// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/frame_tensor.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace vcisr::imaging {
namespace {

TEST(PlanarFormat, SaysWhatMediaSays) {
  const auto yuv = planar_format(
      {media::PixelLayout::kYuv422, 10},
      {media::ColorMatrix::kBt2020, media::ColorRange::kFull, media::ChromaLocation::kTopLeft});
  EXPECT_FALSE(yuv.is_rgb);
  EXPECT_EQ(yuv.bit_depth, 10);
  EXPECT_EQ(yuv.chroma_shift_x, 1);
  EXPECT_EQ(yuv.chroma_shift_y, 0);
  EXPECT_EQ(yuv.matrix, ops::YuvMatrix::kBt2020);
  EXPECT_TRUE(yuv.full_range);
  EXPECT_EQ(yuv.siting, ops::ChromaSiting::kTopLeft);
  EXPECT_TRUE(planar_format({media::PixelLayout::kRgb, 8}, {}).is_rgb);
}

TEST(PlaneTensors, AreTheFramesOwnSamples) {
  media::Frame frame({media::PixelLayout::kYuv420, 10}, 7, 5);
  const auto planes = plane_tensors(frame);
  ASSERT_EQ(planes.size(), 3U);
  EXPECT_EQ(planes[0].sizes(), (torch::IntArrayRef{5, 7}));
  EXPECT_EQ(planes[1].sizes(), (torch::IntArrayRef{3, 4}));
  EXPECT_EQ(planes[2].scalar_type(), torch::kUInt16);
  const auto& plane = frame.plane(2);
  auto* const last = reinterpret_cast<std::uint16_t*>(plane.data + 2 * plane.stride_bytes) + 3;
  *last = 513;
  EXPECT_EQ(planes[2][2][3].item<int>(), 513);
}

TEST(PlaneTensors, OfAClipLieOneAfterTheOther) {
  media::YuvClip clip{2, 5, 7, 1, 1, {}};
  ASSERT_EQ(clip.frame_samples(), 35 + 2 * 12);
  for (int i = 0; i < 2 * 59; ++i) clip.samples.push_back(static_cast<std::uint8_t>(i));
  const auto planes = plane_tensors(clip, 1);
  EXPECT_EQ(planes[0].sizes(), (torch::IntArrayRef{5, 7}));
  EXPECT_EQ(planes[2].sizes(), (torch::IntArrayRef{3, 4}));
  EXPECT_EQ(planes[0][0][0].item<int>(), 59);
  EXPECT_EQ(planes[1][0][0].item<int>(), 59 + 35);
  EXPECT_EQ(planes[2][2][3].item<int>(), 117);
}

TEST(SampleTensor, IsThePicturesOwnSamples) {
  media::Image image;
  image.width = 2;
  image.height = 1;
  image.channels = 4;
  image.samples = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto samples = sample_tensor(image);
  EXPECT_EQ(samples.sizes(), (torch::IntArrayRef{1, 2, 4}));
  image.samples[5] = 60;
  EXPECT_EQ(samples[0][1][1].item<int>(), 60);
}

TEST(RotateClockwise, TurnsAsAViewerSees) {
  const auto x = torch::tensor({{1, 2, 3}, {4, 5, 6}});
  EXPECT_TRUE(torch::equal(rotate_clockwise(x, 1), torch::tensor({{4, 1}, {5, 2}, {6, 3}})));
  EXPECT_TRUE(torch::equal(rotate_clockwise(x, 0), x));
}

}  // namespace
}  // namespace vcisr::imaging
