// SPDX-License-Identifier: Apache-2.0
// What the tests of codec_round_trip and codec_settings share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "media/codec_settings.h"
#include "media/video_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/media/codec_round_trip.h"

namespace vcisr::media::codec_fixtures {

/// Moving waves and chequers; other ones every 8 frames.
inline RgbClip make_clip(int frames, int height = 90, int width = 90) {
  RgbClip clip{frames, height, width, {}};
  clip.pixels.reserve(static_cast<std::size_t>(frames) * height * width * 3);
  for (int n = 0; n < frames; ++n) {
    const int part = n / 8;
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j) {
        const double sign = ((i + n) / 9 + (j + 2 * n) / 9) % 2 != 0 ? 1 : -1;
        for (int c = 0; c < 3; ++c) {
          const double value =
              std::floor(128 + 55 * std::sin(0.06 * (1 + part % 3) * (j + 2 * n) + 0.5 * c + part) +
                         40 * std::cos(0.09 * (1 + part % 2) * (i - n) + c) + 18 * sign + 0.5);
          clip.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
        }
      }
    }
  }
  return clip;
}

inline std::size_t frame_bytes(const RgbClip& clip) {
  return static_cast<std::size_t>(clip.height * clip.width * 3);
}

inline double frame_psnr_db(const RgbClip& a, std::int64_t frame_a, const RgbClip& b,
                            std::int64_t frame_b) {
  const std::size_t bytes = frame_bytes(a);
  double sum = 0;
  for (std::size_t k = 0; k < bytes; ++k) {
    const double difference =
        static_cast<double>(a.pixels[static_cast<std::size_t>(frame_a) * bytes + k]) -
        b.pixels[static_cast<std::size_t>(frame_b) * bytes + k];
    sum += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(bytes) / sum);
}

inline double psnr_db(const RgbClip& a, const RgbClip& b) {
  RgbClip all_a{1, a.height * a.frames, a.width, a.pixels};
  RgbClip all_b{1, b.height * b.frames, b.width, b.pixels};
  return frame_psnr_db(all_a, 0, all_b, 0);
}

inline bool is_linked(const std::string& codec) {
  return avcodec_find_encoder_by_name(codec.c_str()) != nullptr;
}

/// The listed codecs that this FFmpeg has, with a coarse quantiser and little effort.
inline std::vector<CodecOptions> linked_codecs() {
  std::vector<CodecOptions> list;
  const auto add = [&list](const char* codec, int quantiser, const char* preset) {
    CodecOptions options;
    options.codec = codec;
    options.rate = FixedQuantiser{quantiser};
    options.preset = preset;
    if (is_linked(codec)) list.push_back(options);
  };
  add("mpeg2video", 8, "");
  add("mpeg4", 8, "");
  add("libxvid", 8, "");
  add("libx264", 28, "superfast");
  add("libx265", 28, "superfast");
  add("libvpx-vp9", 32, "8");
  add("libsvtav1", 32, "12");
  add("libaom-av1", 32, "8");
  return list;
}

inline std::string config_error(const CodecOptions& options) {
  return tests::message_of<ConfigError>([&] { check_codec(options); });
}

inline CodecOptions sized(const std::string& codec, CodecRate rate, int width, int height) {
  CodecOptions options;
  options.codec = codec;
  options.rate = rate;
  options.width = width;
  options.height = height;
  return options;
}

}  // namespace vcisr::media::codec_fixtures
