// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/restore_image.h"

#include <cstdint>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "inference/geometry.h"
#include "support/hash_rule.h"

namespace vcisr::inference {
namespace {

networks::NetworkPtr make(const std::string& yaml) {
  return networks::registry().make(Config::parse(yaml));
}

media::Image make_image(std::int64_t width, std::int64_t height, int channels, int bit_depth) {
  media::Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bit_depth = bit_depth;
  image.samples.resize(static_cast<std::size_t>(width * height * channels * (bit_depth / 8)));
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(tests::hash_bits("image", i) >> 24);
  }
  return image;
}

TEST(RestoreImage, IdentityChangesNothingOfAnyKind) {
  Restorer restorer(make("{type: identity}"), {});
  for (const int channels : {1, 3}) {
    for (const int bits : {8, 16}) {
      auto image = make_image(17, 23, channels, bits);
      image.metadata.icc = {1, 2, 3};
      const auto out = restore_image(image, restorer);
      EXPECT_EQ(out.channels, channels);
      EXPECT_EQ(out.bit_depth, bits);
      EXPECT_EQ(out.samples, image.samples) << channels << " channels, " << bits << " bits";
      EXPECT_EQ(out.metadata.icc, image.metadata.icc);
    }
  }
}

TEST(RestoreImage, IdentityKeepsAlphaAndVisibleColors) {
  Restorer restorer(make("{type: identity}"), {});
  for (const int channels : {2, 4}) {
    const auto image = make_image(19, 14, channels, 8);
    const auto out = restore_image(image, restorer);
    ASSERT_EQ(out.samples.size(), image.samples.size());
    for (std::size_t i = 0; i < image.samples.size(); ++i) {
      const std::size_t pixel = i / static_cast<std::size_t>(channels);
      const int alpha = image.samples[(pixel + 1) * static_cast<std::size_t>(channels) - 1];
      const bool is_alpha = (i + 1) % static_cast<std::size_t>(channels) == 0;
      if (!is_alpha && alpha < 16) continue;
      EXPECT_EQ(out.samples[i], image.samples[i]) << i;
    }
  }
}

TEST(RestoreImage, NoDarkHaloAlongATransparentEdge) {
  // A white disc on transparent black: enlarged, all that is visible must stay white.
  media::Image image = make_image(40, 40, 4, 8);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) {
      const bool inside = (x - 20) * (x - 20) + (y - 20) * (y - 20) < 150;
      auto* pixel = &image.samples[static_cast<std::size_t>((y * 40 + x) * 4)];
      std::fill(pixel, pixel + 4, static_cast<std::uint8_t>(inside ? 255 : 0));
    }
  }
  Restorer restorer(make("{type: bicubic, scale: 2}"), {});
  for (const auto mode : {AlphaMode::kModel, AlphaMode::kBicubic}) {
    const auto out = restore_image(image, restorer, {.alpha = mode});
    EXPECT_EQ(out.width, 80);
    bool has_edge = false;
    for (std::size_t pixel = 0; pixel < 6400; ++pixel) {
      const auto* p = &out.samples[pixel * 4];
      if (p[3] == 0) continue;
      has_edge = has_edge || p[3] < 255;
      EXPECT_GE(static_cast<int>(p[0]), 254) << "alpha " << static_cast<int>(p[3]);
    }
    EXPECT_TRUE(has_edge);
  }
}

TEST(RestoreImage, RestoresOnePixel) {
  Restorer restorer(make("{type: bicubic, scale: 2}"), {});
  const auto image = make_image(1, 1, 3, 8);
  const auto out = restore_image(image, restorer);
  ASSERT_EQ(out.samples.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(out.samples[i], image.samples[i % 3]);
}

TEST(RestoreImage, WritesTheBitDepthAskedFor) {
  Restorer restorer(make("{type: identity}"), {});
  const auto image = make_image(5, 4, 3, 8);
  const auto out = restore_image(image, restorer, {.bit_depth = 16});
  EXPECT_EQ(out.bit_depth, 16);
  const auto* samples = reinterpret_cast<const std::uint16_t*>(out.samples.data());
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(samples[i], image.samples[i] * 257);
}

TEST(BleedColors, FillsFromTheNearestVisiblePixels) {
  auto rgb = torch::zeros({1, 3, 16, 32});
  auto alpha = torch::zeros({1, 1, 16, 32});
  rgb.slice(3, 0, 8).fill_(0.8);
  rgb.slice(3, 24, 32).fill_(0.2);
  alpha.slice(3, 0, 8).fill_(1);
  alpha.slice(3, 24, 32).fill_(1);
  const auto filled = bleed_colors(rgb, alpha);
  EXPECT_TRUE(torch::allclose(filled.slice(3, 0, 8), rgb.slice(3, 0, 8)));
  EXPECT_GT(filled.slice(3, 8, 10).min().item<float>(), 0.6f);
  EXPECT_LT(filled.slice(3, 22, 24).max().item<float>(), 0.4f);
}

}  // namespace
}  // namespace vcisr::inference
