// SPDX-License-Identifier: Apache-2.0
// What the tests of jpeg_round_trip and webp_round_trip share.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "vcisr/media/codec_round_trip.h"

namespace vcisr::media::still_fixtures {

/// Width and height: single pixels, odd sides, whole blocks and a little more.
inline std::vector<std::pair<int, int>> sizes() {
  return {{1, 1}, {7, 9}, {16, 16}, {17, 33}, {90, 90}};
}

inline RgbClip make_noise(int width, int height) {
  RgbClip clip{1, height, width, {}};
  std::mt19937 numbers(7);
  for (int i = 0; i < width * height * 3; ++i) {
    clip.pixels.push_back(static_cast<std::uint8_t>(numbers() >> 24));
  }
  return clip;
}

inline RgbClip one_frame(const RgbClip& clip, int index) {
  const auto bytes = clip.height * clip.width * 3;
  RgbClip one{1, clip.height, clip.width, {}};
  one.pixels.assign(clip.pixels.begin() + index * bytes, clip.pixels.begin() + (index + 1) * bytes);
  return one;
}

/// One picture through OpenCV's imencode and imdecode.
inline RgbClip opencv_round_trip(const RgbClip& clip, const char* extension,
                                 const std::vector<int>& parameters) {
  const cv::Mat rgb(static_cast<int>(clip.height), static_cast<int>(clip.width), CV_8UC3,
                    const_cast<std::uint8_t*>(clip.pixels.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> file;
  EXPECT_TRUE(cv::imencode(extension, bgr, file, parameters));
  cv::Mat decoded;
  cv::cvtColor(cv::imdecode(file, cv::IMREAD_COLOR), decoded, cv::COLOR_BGR2RGB);
  RgbClip result{1, clip.height, clip.width, {}};
  result.pixels.assign(decoded.data, decoded.data + decoded.total() * 3);
  return result;
}

}  // namespace vcisr::media::still_fixtures
