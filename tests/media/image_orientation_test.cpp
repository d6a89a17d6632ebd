// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "media/image_codec.h"

namespace vcisr::media {
namespace {

// The letter F, 2 wide and 3 high, "AB/CD/EF", and how the file stores it for each orientation.
struct Stored {
  int orientation;
  int width;
  const char* samples;
};
constexpr std::array<Stored, 8> kStored = {{{1, 2, "ABCDEF"},
                                            {2, 2, "BADCFE"},
                                            {3, 2, "FEDCBA"},
                                            {4, 2, "EFCDAB"},
                                            {5, 3, "ACEBDF"},
                                            {6, 3, "BDFACE"},
                                            {7, 3, "FDBECA"},
                                            {8, 3, "ECAFDB"}}};

TEST(ImageOrientation, TurnsAllEightUpright) {
  for (const auto& stored : kStored) {
    for (const int channels : {1, 2, 3, 4}) {
      for (const int depth : {8, 16}) {
        Image image;
        allocate_image(image, stored.width, 6 / stored.width, channels, depth);
        const auto pixel = static_cast<std::size_t>(channels * depth / 8);
        for (std::size_t i = 0; i < 6 * pixel; ++i) {
          image.samples[i] = static_cast<std::uint8_t>(stored.samples[i / pixel] + i % pixel * 8);
        }
        apply_orientation(image, stored.orientation);
        ASSERT_EQ(image.width, 2);
        ASSERT_EQ(image.height, 3);
        for (std::size_t i = 0; i < 6 * pixel; ++i) {
          EXPECT_EQ(image.samples[i], "ABCDEF"[i / pixel] + i % pixel * 8)
              << "orientation " << stored.orientation;
        }
      }
    }
  }
}

}  // namespace
}  // namespace vcisr::media
