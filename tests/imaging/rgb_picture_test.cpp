// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/rgb_picture.h"

#include <cstring>
#include <fstream>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "support/hash_rule.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::imaging {
namespace {

torch::Tensor hash_rgb8(const std::string& name, std::vector<std::int64_t> shape) {
  return to_8bit(tests::hash_image(name, std::move(shape)));
}

nlohmann::json golden_to_u8() {
  std::ifstream file(VCISR_GOLDEN_DIR "/degradation.json");
  return nlohmann::json::parse(file)["to_u8"][0];
}

TEST(To8Bit, GivesThePublishedCodesBytes) {
  const auto golden = golden_to_u8()["values"].get<std::vector<int>>();
  ASSERT_EQ(golden.size(), 210U);
  std::vector<float> values;
  for (int k = 0; k < 210; ++k) values.push_back(static_cast<float>((k * 1.25 - 2) / 255));
  const auto bytes = to_8bit(torch::tensor(values));
  for (std::int64_t k = 0; k < 210; ++k) {
    EXPECT_EQ(bytes[k].item<int>(), golden[static_cast<std::size_t>(k)]) << "value " << k;
  }
}

TEST(To8Bit, RoundsHalvesToEvenAndSaturates) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto values = torch::tensor({-kInfinity, -1e30F, -0.1F, -0.0F, 0.5F / 255, 1.5F / 255, 1.0F,
                                     1.002F, 1e30F, kInfinity, kNan, -kNan});
  const auto expected = torch::tensor({0, 0, 0, 0, 0, 2, 255, 255, 255, 255, 0, 0}, torch::kUInt8);
  EXPECT_TRUE(torch::equal(to_8bit(values), expected));
  // Of any length, as a vector loop has a rest; and through any strides.
  for (std::int64_t count = 0; count < 40; ++count) {
    const auto noise = tests::hash_image("noise", {count}) * 1.5 - 0.25;
    const auto reference = (noise * 255.0F).clamp(0, 255).round().to(torch::kUInt8);
    EXPECT_TRUE(torch::equal(to_8bit(noise), reference));
  }
  const auto turned = tests::hash_image("turned", {3, 8, 5}).transpose(1, 2);
  EXPECT_TRUE(torch::equal(to_8bit(turned), to_8bit(turned.contiguous())));
  EXPECT_THROW((void)to_8bit(torch::zeros({3}, torch::kFloat64)), c10::Error);
}

TEST(ToFloat, DividesAndComesBackExactly) {
  const auto all = torch::arange(256, torch::kUInt8);
  const auto values = to_float(all);
  for (int v = 0; v < 256; ++v) {
    EXPECT_EQ(values[v].item<float>(), static_cast<float>(v) / 255.0F);
  }
  EXPECT_TRUE(torch::equal(to_8bit(values), all));
  EXPECT_THROW((void)to_float(torch::zeros({3})), c10::Error);
}

TEST(RgbClip, ComesBackAndIsInterleaved) {
  const auto rgb = hash_rgb8("clip", {3, 3, 5, 7});
  const auto clip = to_rgb_clip(rgb);
  EXPECT_EQ(clip.frames, 3);
  EXPECT_EQ(clip.height, 5);
  EXPECT_EQ(clip.width, 7);
  EXPECT_EQ(clip.pixels[((2 * 5 + 4) * 7 + 1) * 3 + 2], rgb[2][2][4][1].item<int>());
  EXPECT_TRUE(torch::equal(to_tensor(clip), rgb));
  const auto turned = rgb.transpose(2, 3);
  EXPECT_TRUE(to_rgb_clip(turned) == to_rgb_clip(turned.contiguous()));
  EXPECT_THROW((void)to_tensor(media::RgbClip{2, 5, 7, std::vector<std::uint8_t>(209)}),
               ConfigError);
  EXPECT_THROW((void)to_rgb_clip(rgb[0]), c10::Error);
  EXPECT_THROW((void)to_rgb_clip(to_float(rgb)), c10::Error);
}

TEST(RgbPicture, ComesBackFromAPng) {
  const tests::TempFolder folder;
  const auto rgb = hash_rgb8("png", {3, 13, 9});
  write_rgb8(folder / "a.png", rgb);
  EXPECT_TRUE(torch::equal(read_rgb8(folder / "a.png"), rgb));
  EXPECT_THROW(write_rgb8(folder / "a.png", rgb), OutputError);
  EXPECT_THROW(write_rgb8(folder / "b.png", rgb[0]), c10::Error);
  EXPECT_THROW((void)read_rgb8(folder / "none.png"), InputError);
}

TEST(RgbPicture, ReadsOtherKindsAsEightBitsOfRgb) {
  const tests::TempFolder folder;
  media::Image gray;
  gray.width = 2;
  gray.height = 1;
  gray.channels = 2;
  gray.samples = {10, 200, 20, 0};
  media::write_image(folder / "gray.png", gray);
  EXPECT_TRUE(torch::equal(read_rgb8(folder / "gray.png"),
                           torch::tensor({10, 20, 10, 20, 10, 20}, torch::kUInt8).view({3, 1, 2})));

  media::Image deep;
  deep.width = 257;
  deep.height = 1;
  deep.channels = 4;
  deep.bit_depth = 16;
  deep.samples.resize(257 * 4 * 2);
  for (int x = 0; x < 257; ++x) {
    for (int c = 0; c < 4; ++c) {
      const auto value = static_cast<std::uint16_t>(c == 3 ? 5 : 255 * x + c * 40);
      std::memcpy(deep.samples.data() + (x * 4 + c) * 2, &value, 2);
    }
  }
  media::write_image(folder / "deep.png", deep);
  const auto rgb = read_rgb8(folder / "deep.png");
  for (int x = 0; x < 257; ++x) {
    for (int c = 0; c < 3; ++c) {
      const double exact = (255 * x + c * 40) / 257.0;
      EXPECT_EQ(rgb[c][0][x].item<int>(), std::lround(exact)) << x << " " << c;
    }
  }
}

}  // namespace
}  // namespace vcisr::imaging
