// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/video_compression.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/hash_rule.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/codec_round_trip.h"
#include "vcisr/ops/blur.h"

namespace vcisr::degradation {
namespace {

/// Something like a moving picture: noise that was smoothed, drifting.
torch::Tensor moving_clip(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const auto noise = tests::hash_image("clip", {3, height + 8, width + frames + 8}).unsqueeze(0);
  const auto smooth = ops::filter2d(noise, torch::full({5, 5}, 1.0 / 25));
  std::vector<torch::Tensor> clip;
  for (std::int64_t t = 0; t < frames; ++t) {
    clip.push_back(smooth[0].narrow(1, 4, height).narrow(2, t, width));
  }
  return torch::stack(clip).contiguous();
}

VideoCompressionStep step_of(const std::string& codec, YuvConversion conversion) {
  VideoCompressionStep step;
  step.codec = codec;
  step.conversion = conversion;
  if (codec == "mpeg2video" || codec == "mpeg4" || codec == "libxvid") {
    step.rate = media::FixedQuantiser{4};
  } else {
    step.preset = "fast";
  }
  return step;
}

double psnr_db(const torch::Tensor& a, const torch::Tensor& b) {
  return -10 * std::log10((a - b).square().mean().item<double>());
}

TEST(VideoCompression, ExactlyAsManyFramesOfTheSameSizeComeBack) {
  for (const std::string codec : {"mpeg2video", "libxvid", "libx264", "libx265"}) {
    for (const auto conversion : {YuvConversion::kSwscale, YuvConversion::kExact}) {
      for (const std::int64_t frames : {1, 2, 5, 31}) {
        const auto clip = moving_clip(frames, 34, 46);
        const auto seen = apply(clip, step_of(codec, conversion));
        EXPECT_EQ(seen.sizes(), clip.sizes());
        // Smoothed noise through a fine quantiser: far from perfect, far from another picture.
        const double psnr = psnr_db(seen, clip);
        EXPECT_GT(psnr, 27) << codec << " " << frames;
        EXPECT_LT(psnr, 55) << codec << " " << frames;
      }
    }
  }
}

TEST(VideoCompression, OddSidesArePaddedAndCroppedBack) {
  for (const auto conversion : {YuvConversion::kSwscale, YuvConversion::kExact}) {
    const auto clip = moving_clip(3, 33, 45);
    const auto step = step_of("libx264", conversion);
    const auto seen = apply(clip, step);
    EXPECT_EQ(seen.sizes(), clip.sizes());
    auto padded = torch::cat({clip, clip.narrow(2, 32, 1)}, 2);
    padded = torch::cat({padded, padded.narrow(3, 44, 1)}, 3);
    EXPECT_TRUE(torch::equal(seen, apply(padded, step).narrow(2, 0, 33).narrow(3, 0, 45)));
  }
}

TEST(VideoCompression, AnotherWidthIsEncodedAndUndone) {
  for (const auto conversion : {YuvConversion::kSwscale, YuvConversion::kExact}) {
    const auto clip = moving_clip(4, 48, 64);
    auto step = step_of("libx264", conversion);
    step.rate = media::Crf{10};
    const auto plain = apply(clip, step);
    step.encoded_width_px = 78;
    const auto wide = apply(clip, step);
    EXPECT_EQ(wide.sizes(), clip.sizes());
    EXPECT_FALSE(torch::equal(plain, wide));
    EXPECT_GT(psnr_db(wide, plain), 30);
  }
}

TEST(VideoCompression, OwnConversionAgreesWithSwscaleInSubstance) {
  // Two correct conversions of the same picture through a nearly lossless encoder differ by chroma
  // filters and roundings only.
  const auto clip = moving_clip(2, 48, 64);
  auto step = step_of("libx264", YuvConversion::kSwscale);
  step.rate = media::Crf{1};
  const auto theirs = apply(clip, step);
  step.conversion = YuvConversion::kExact;
  const auto ours = apply(clip, step);
  EXPECT_GT(psnr_db(ours, theirs), 32);
  EXPECT_LT((ours.mean({0, 2, 3}) - theirs.mean({0, 2, 3})).abs().max().item<double>(), 2.0 / 255);
}

TEST(VideoCompression, SwscaleConversionIsTheCodecRoundTripOfThe8BitPicture) {
  const auto clip = moving_clip(3, 48, 64);
  const auto step = step_of("libx265", YuvConversion::kSwscale);
  media::CodecOptions options;
  options.codec = "libx265";
  options.preset = "fast";
  const auto expected =
      media::codec_round_trip(imaging::to_rgb_clip(imaging::to_8bit(clip)), options);
  EXPECT_TRUE(torch::equal(imaging::to_8bit(apply(clip, step)), imaging::to_tensor(expected)));
}

TEST(VideoCompression, FullRangeAndFullChromaWork) {
  const auto clip = moving_clip(2, 32, 32);
  for (const std::string format : {"yuv444p", "yuv422p", "yuvj420p"}) {
    for (const auto conversion : {YuvConversion::kSwscale, YuvConversion::kExact}) {
      auto step = step_of("libx264", conversion);
      step.pixel_format = format;
      step.rate = media::Crf{5};
      EXPECT_GT(psnr_db(apply(clip, step), clip), 28) << format;
    }
  }
}

TEST(VideoCompression, AMissingCodecIsSaid) {
  EXPECT_THROW(static_cast<void>(
                   apply(moving_clip(1, 32, 32), step_of("libnothing", YuvConversion::kExact))),
               ConfigError);
}

}  // namespace
}  // namespace vcisr::degradation
