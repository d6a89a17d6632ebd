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

/// make_clip's waves as planes: its red as luma, its green and blue as chroma.
inline YuvClip make_yuv_clip(int frames, int height = 90, int width = 90, int shift_x = 1,
                             int shift_y = 1) {
  const RgbClip rgb = make_clip(frames, height, width);
  YuvClip clip{frames, height, width, shift_x, shift_y, {}};
  clip.samples.reserve(static_cast<std::size_t>(frames * clip.frame_samples()));
  for (int n = 0; n < frames; ++n) {
    for (int channel = 0; channel < 3; ++channel) {
      const int step_y = channel == 0 ? 1 : 1 << shift_y;
      const int step_x = channel == 0 ? 1 : 1 << shift_x;
      for (int y = 0; y < height; y += step_y) {
        for (int x = 0; x < width; x += step_x) {
          const int at = ((n * height + y) * width + x) * 3 + channel;
          clip.samples.push_back(rgb.pixels[static_cast<std::size_t>(at)]);
        }
      }
    }
  }
  return clip;
}

/// The first frames of a longer one.
inline YuvClip first_frames(const YuvClip& clip, int frames) {
  YuvClip part = clip;
  part.frames = frames;
  part.samples.resize(static_cast<std::size_t>(frames * clip.frame_samples()));
  return part;
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

/// Why the program cannot be the yardstick for this codec; "" if it can.
inline std::string why_not(const std::string& codec) {
  if (!tests::has_program("ffmpeg")) return "there is no program ffmpeg";
  if (!is_linked(codec)) return "the linked FFmpeg has no encoder " + codec;
  static const std::string version = tests::run({"ffmpeg", "-version"}).out;
  if (!version.starts_with("ffmpeg version " + ffmpeg_version() + " ")) {
    return "the program ffmpeg is not of the linked version";
  }
  static const std::string list = tests::run({"ffmpeg", "-hide_banner", "-encoders"}).out;
  if (list.find(" " + codec + " ") == std::string::npos) return "ffmpeg has no encoder " + codec;
  return "";
}

inline tests::Words rate_words(const CodecOptions& options) {
  if (const auto* crf = std::get_if<Crf>(&options.rate)) {
    return {"-crf", std::to_string(static_cast<int>(crf->value))};
  }
  if (const auto* bitrate = std::get_if<BitrateKbps>(&options.rate)) {
    return {"-b:v", std::to_string(bitrate->value) + "k"};
  }
  const int quantiser = std::get<FixedQuantiser>(options.rate).value;
  return {options.codec.starts_with("libx26") ? "-qp" : "-q:v", std::to_string(quantiser)};
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
