// SPDX-License-Identifier: Apache-2.0
// The published numbers of two films: decoded by us, distorted by an integer rule, compared plane
// by plane. What FFmpeg's filters printed for them belongs to the numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "support/shared_data.h"
#include "vcisr/core/hash.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/metrics/block_ssim.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kPublished = "golden/metrics.json";

using Planes3 = std::array<torch::Tensor, 3>;  // uint8 [H, W]

/// Views of a frame's planes, rows as far apart as the decoder left them.
Planes3 planes_of(const media::Frame& frame) {
  Planes3 planes;
  for (int c = 0; c < 3; ++c) {
    const auto& plane = frame.plane(c);
    planes[static_cast<std::size_t>(c)] = torch::from_blob(plane.data, {plane.height, plane.width},
                                                           {plane.stride_bytes, 1}, torch::kUInt8);
  }
  return planes;
}

torch::Tensor distorted(const torch::Tensor& plane, std::int64_t c, std::int64_t frame) {
  const std::int64_t height = plane.size(0);
  const std::int64_t width = plane.size(1);
  torch::Tensor out = torch::empty({height, width}, torch::kUInt8);
  auto* data = out.mutable_data_ptr<std::uint8_t>();
  const auto* in = plane.const_data_ptr<std::uint8_t>();
  const auto seed = static_cast<std::uint32_t>(5 + 1000 * frame);
  for (std::int64_t y = 0; y < height; ++y) {
    const std::uint8_t* const rows[] = {in + std::max<std::int64_t>(y - 1, 0) * plane.stride(0),
                                        in + y * plane.stride(0),
                                        in + std::min(y + 1, height - 1) * plane.stride(0)};
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t left = std::max<std::int64_t>(x - 1, 0);
      const std::int64_t right = std::min(x + 1, width - 1);
      const auto sum = [&](int row) {
        return rows[row][left] + 2 * rows[row][x] + rows[row][right];
      };
      const int blurred = (sum(0) + 2 * sum(1) + sum(2) + 8) >> 4;
      const auto noise = static_cast<int>(hash32(x, y, c, seed) % 9);
      *data++ = static_cast<std::uint8_t>(std::clamp(blurred + noise - 4, 0, 255));
    }
  }
  return out;
}

void append(const torch::Tensor& plane, std::vector<std::uint8_t>& bytes) {
  for (std::int64_t y = 0; y < plane.size(0); ++y) {
    const auto* row = plane.const_data_ptr<std::uint8_t>() + y * plane.stride(0);
    bytes.insert(bytes.end(), row, row + plane.size(1));
  }
}

struct ClipNumbers {
  std::array<SquaredError, 3> errors;
  std::array<double, 3> psnr_sums{}, ssim_sums{}, first_ssim{};
  double sum_611 = 0.0;
  std::int64_t frames = 0;
  std::string sha256_first, sha256_reference, sha256_distorted;
};

ClipNumbers measure(const std::string& name, std::int64_t frames) {
  media::VideoDecoder decoder(shared_path("data/videos/" + name).string());
  ClipNumbers numbers;
  std::vector<std::uint8_t> reference_bytes, distorted_bytes;
  while (numbers.frames < frames) {
    const auto frame = decoder.read();
    if (!frame) break;
    const Planes3 planes = planes_of(*frame);
    std::array<double, 3> db{};
    for (std::size_t c = 0; c < 3; ++c) {
      const torch::Tensor other =
          distorted(planes[c], static_cast<std::int64_t>(c), numbers.frames);
      const SquaredError error = squared_error(other, planes[c]);
      numbers.errors[c] += error;
      db[c] = psnr_of_mse_db(error.mse());
      numbers.psnr_sums[c] += db[c];
      const double ssim = block_ssim(other, planes[c]);
      numbers.ssim_sums[c] += ssim;
      if (numbers.frames == 0) numbers.first_ssim[c] = ssim;
      append(planes[c], reference_bytes);
      append(other, distorted_bytes);
    }
    numbers.sum_611 += psnr_yuv_611_db(db[0], db[1], db[2]);
    if (numbers.frames == 0) numbers.sha256_first = sha256(reference_bytes);
    ++numbers.frames;
  }
  numbers.sha256_reference = sha256(reference_bytes);
  numbers.sha256_distorted = sha256(distorted_bytes);
  return numbers;
}

std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

/// The summary that `ffmpeg -lavfi psnr` prints, without the extremes of frames.
std::string psnr_line(const ClipNumbers& numbers) {
  SquaredError all;
  std::string line = "PSNR";
  for (std::size_t c = 0; c < 3; ++c) {
    all += numbers.errors[c];
    line += std::string(" ") + "yuv"[c] + printed(":%.6f", psnr_of_mse_db(numbers.errors[c].mse()));
  }
  return line + printed(" average:%.6f ", psnr_of_mse_db(all.mse()));
}

void expect_published(const std::string& name) {
  std::ifstream file(shared_path(kPublished));
  const auto clip = nlohmann::json::parse(file).at("clips").at(name);
  const ClipNumbers numbers = measure(name, clip.at("frames"));
  ASSERT_EQ(numbers.frames, clip.at("frames").get<std::int64_t>());
  ASSERT_EQ(numbers.sha256_first, clip.at("sha256_ref_frame0"));
  ASSERT_EQ(numbers.sha256_reference, clip.at("sha256_ref_yuv"));
  ASSERT_EQ(numbers.sha256_distorted, clip.at("sha256_dist_yuv"));
  const auto& exact = clip.at("exact");
  const auto count = static_cast<double>(numbers.frames);
  SquaredError all;
  std::array<double, 3> pooled{};
  double ssim_all = 0.0;
  for (std::size_t c = 0; c < 3; ++c) {
    all += numbers.errors[c];
    pooled[c] = psnr_of_mse_db(numbers.errors[c].mse());
    const double ssim = numbers.ssim_sums[c] / count;
    ssim_all += ssim * (c == 0 ? 4.0 : 1.0) / 6.0;
    EXPECT_EQ(numbers.errors[c].sum, exact.at("sse_per_plane")[c].get<double>());
    EXPECT_NEAR(numbers.psnr_sums[c] / count, exact.at("psnr_mean_of_frames_yuv")[c].get<double>(),
                1e-7);
    EXPECT_NEAR(pooled[c], exact.at("psnr_of_pooled_mse_yuv")[c].get<double>(), 1e-7);
    EXPECT_NEAR(ssim, exact.at("ffmpeg_ssim_yuv")[c].get<double>(), 1e-6);
    EXPECT_NEAR(numbers.first_ssim[c], exact.at("ffmpeg_ssim_yuv_frame0")[c].get<double>(), 1e-6);
  }
  EXPECT_NEAR(psnr_of_mse_db(all.mse()), exact.at("psnr_of_pooled_mse_all_samples").get<double>(),
              1e-7);
  EXPECT_NEAR(numbers.sum_611 / count, exact.at("psnr_611_mean_of_frames").get<double>(), 1e-7);
  EXPECT_NEAR(psnr_yuv_611_db(pooled[0], pooled[1], pooled[2]),
              exact.at("psnr_611_from_pooled").get<double>(), 1e-7);
  EXPECT_NEAR(ssim_all, exact.at("ffmpeg_ssim_all").get<double>(), 1e-6);
  const auto line = clip.at("ffmpeg_5.1.9_cpuflags_0").at("psnr").get<std::string>();
  EXPECT_EQ(psnr_line(numbers), line.substr(0, line.find("min:")));
}

TEST(PublishedClips, Flower) {
  VCISR_SKIP_WITHOUT_SHARED(kPublished);
  expect_published("flower_720p30.mp4");
}

TEST(PublishedClips, Carphone) {
  VCISR_SKIP_WITHOUT_SHARED(kPublished);
  expect_published("carphone_pristine.mp4");
}

TEST(PublishedClips, FloatSsimOfAPlaneIsCloseToDouble) {
  VCISR_SKIP_WITHOUT_SHARED("data/videos/flower_720p30.mp4");
  media::VideoDecoder decoder(shared_path("data/videos/flower_720p30.mp4").string());
  for (std::int64_t index = 0; index < 2; ++index) {
    const auto frame = decoder.read();
    ASSERT_TRUE(frame.has_value());
    const Planes3 planes = planes_of(*frame);
    for (std::size_t c = 0; c < 3; ++c) {
      const torch::Tensor other = distorted(planes[c], static_cast<std::int64_t>(c), index);
      EXPECT_NEAR(gaussian_ssim(other, planes[c]), gaussian_ssim_in_double(other, planes[c]), 1e-6);
    }
  }
}

}  // namespace
}  // namespace vcisr::metrics
