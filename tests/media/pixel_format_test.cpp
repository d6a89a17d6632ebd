// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/pixel_format.h"

#include <gtest/gtest.h>

#include "media/av_pixel_format.h"

namespace vcisr::media {
namespace {

TEST(PixelFormat, NamesAreFfmpegsAndReadBack) {
  for (const PixelLayout layout : {PixelLayout::kGray, PixelLayout::kYuv420, PixelLayout::kYuv422,
                                   PixelLayout::kYuv444, PixelLayout::kRgb}) {
    for (const int depth : {8, 9, 10, 12, 14, 16}) {
      const PixelFormat format{layout, depth};
      EXPECT_NE(to_av(format), AV_PIX_FMT_NONE) << name(format);
      EXPECT_EQ(parse_pixel_format(name(format)), format) << name(format);
    }
  }
  EXPECT_EQ(name({PixelLayout::kYuv420, 10}), "yuv420p10le");
  EXPECT_EQ(name({PixelLayout::kRgb, 8}), "gbrp");
  EXPECT_EQ(name({PixelLayout::kGray, 8}), "gray");
}

TEST(PixelFormat, ParseRefusesWhatIsNotExactlyOneOfOurs) {
  EXPECT_EQ(parse_pixel_format("yuv420p10"), (PixelFormat{PixelLayout::kYuv420, 10}));
  for (const char* other : {"yuvj420p", "yuva420p", "nv12", "rgb24", "yuv411p", "yuv420p10be",
                            "p010le", "gbrap", "pal8", "ya8", "gbrpf32le", "no such format", ""}) {
    EXPECT_FALSE(parse_pixel_format(other)) << other;
  }
}

TEST(PixelFormat, NearestKeepsBitsAndChroma) {
  const auto nearest = [](const char* format) {
    const auto found = nearest_format(av_get_pix_fmt(format));
    return found ? name(*found) : "";
  };
  EXPECT_EQ(nearest("nv12"), "yuv420p");
  EXPECT_EQ(nearest("p010le"), "yuv420p10le");
  EXPECT_EQ(nearest("yuvj422p"), "yuv422p");
  EXPECT_EQ(nearest("yuv411p"), "yuv444p");
  EXPECT_EQ(nearest("yuv440p12le"), "yuv444p12le");
  EXPECT_EQ(nearest("yuva444p12le"), "yuv444p12le");
  EXPECT_EQ(nearest("rgb48be"), "gbrp16le");
  EXPECT_EQ(nearest("x2rgb10le"), "gbrp10le");
  EXPECT_EQ(nearest("rgb565le"), "gbrp");
  EXPECT_EQ(nearest("pal8"), "gbrp");
  EXPECT_EQ(nearest("ya16le"), "gray16le");
  EXPECT_EQ(nearest("monob"), "gray");
  EXPECT_EQ(nearest("gbrpf32le"), "gbrp16le");
  EXPECT_EQ(nearest("vaapi"), "");
  EXPECT_EQ(nearest("bayer_rggb8"), "");
}

TEST(PixelFormat, ReductionsAndSizesFollowTheLayout) {
  const PixelFormat yuv420{PixelLayout::kYuv420, 10};
  EXPECT_EQ(yuv420.plane_count(), 3);
  EXPECT_EQ(yuv420.bytes_per_sample(), 2);
  EXPECT_EQ(yuv420.chroma_shift_x(), 1);
  EXPECT_EQ(yuv420.chroma_shift_y(), 1);
  const PixelFormat gray{PixelLayout::kGray, 8};
  EXPECT_EQ(gray.plane_count(), 1);
  EXPECT_EQ(gray.bytes_per_sample(), 1);
  EXPECT_EQ(gray.chroma_shift_x(), 0);
}

}  // namespace
}  // namespace vcisr::media
