// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/subprocess.h"
#include "support/temp_folder.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::tests {

using Words = std::vector<std::string>;

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Runs the program `ffmpeg`, which makes the tests' films.
inline void ffmpeg(const Words& arguments) {
  const auto result =
      run(Words{"ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y"} + arguments);
  if (result.exit_code != 0) throw std::runtime_error("ffmpeg failed: " + result.err);
}

/// Input arguments of a moving test picture and of a tone.
inline Words picture(double seconds, const std::string& rate = "25",
                     const std::string& size = "64x48") {
  return {"-f", "lavfi", "-i",
          "testsrc2=s=" + size + ":r=" + rate + ":d=" + std::to_string(seconds)};
}
inline Words tone(double seconds, int hertz = 440) {
  return {"-f", "lavfi", "-i", "sine=" + std::to_string(hertz) + ":d=" + std::to_string(seconds)};
}

/// Streams, format, chapters and packets of a film as the program `ffprobe` sees them.
inline nlohmann::json ffprobe(const std::filesystem::path& path, const Words& more = {}) {
  const auto result = run(Words{"ffprobe", "-v", "quiet", "-show_streams", "-show_format",
                                "-show_chapters", "-of", "json"} +
                          more + Words{path.string()});
  return nlohmann::json::parse(result.out);
}

/// Hash of a stream's packets, bit by bit ("0:a:0" …).
inline std::string packet_hash(const std::filesystem::path& path, const std::string& stream) {
  const auto result = run({"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-map", stream,
                           "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"});
  return result.out;
}

/// What is compared of a decoded frame.
struct Shot {
  std::int64_t pts = 0;
  std::int64_t duration = 0;
  std::uint64_t hash = 0;
  bool is_damaged = false;
  bool operator==(const Shot&) const = default;
};

inline std::uint64_t sample_hash(const media::Frame& frame) {
  std::uint64_t hash = 14695981039346656037u;
  for (int i = 0; i < frame.format().plane_count(); ++i) {
    const auto& plane = frame.plane(i);
    for (std::int64_t y = 0; y < plane.height; ++y) {
      const std::uint8_t* row = plane.data + y * plane.stride_bytes;
      for (std::int64_t x = 0; x < plane.width * frame.format().bytes_per_sample(); ++x) {
        hash = (hash ^ row[x]) * 1099511628211u;
      }
    }
  }
  return hash;
}

inline std::vector<Shot> read_all(media::VideoDecoder& decoder) {
  std::vector<Shot> shots;
  while (const auto frame = decoder.read()) {
    shots.push_back({frame->pts, frame->duration, sample_hash(*frame), frame->is_damaged});
  }
  return shots;
}

inline std::vector<Shot> read_all(const std::filesystem::path& path,
                                  const media::VideoDecoderOptions& options = {}) {
  media::VideoDecoder decoder(path.string(), options);
  return read_all(decoder);
}

inline std::vector<std::int64_t> times(const std::vector<Shot>& shots) {
  std::vector<std::int64_t> list;
  for (const Shot& shot : shots) list.push_back(shot.pts);
  return list;
}

inline media::VideoOutputInfo same_as(const media::VideoInfo& info) {
  return {info.width, info.height, info.format, ""};
}

/// A frame of one value with the format that a writer wants, for outputs of other formats.
inline media::Frame flat_frame(const media::VideoWriter& writer, const media::Frame& like) {
  const bool is_turned = writer.quarter_turns() % 2 == 1;
  media::Frame flat(writer.format(), is_turned ? like.height() : like.width(),
                    is_turned ? like.width() : like.height());
  for (int i = 0; i < flat.format().plane_count(); ++i) {
    const auto& plane = flat.plane(i);
    std::memset(plane.data, 1, static_cast<std::size_t>(plane.stride_bytes * plane.height));
  }
  flat.pts = like.pts;
  flat.duration = like.duration;
  return flat;
}

/// Decodes and writes the frames as they are. Returns the writer's notes.
inline std::vector<std::string> recode(const std::filesystem::path& from,
                                       const std::filesystem::path& to,
                                       const media::VideoEncoderOptions& options = {},
                                       const media::VideoDecoderOptions& source = {},
                                       const std::string& container = "") {
  media::VideoDecoder decoder(from.string(), source);
  auto output = same_as(decoder.info());
  output.container = container;
  media::VideoWriter writer(to.string(), decoder.info(), source, output, options,
                            AtomicFile::Existing::kReplace);
  while (const auto frame = decoder.read()) {
    const bool fits = frame->format() == writer.format() && writer.quarter_turns() % 2 == 0;
    writer.write(fits ? *frame : flat_frame(writer, *frame));
  }
  writer.finish();
  return writer.notes();
}

/// The message of the exception that `action` throws, and a failed check if it is of another type.
template <class Error, class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace vcisr::tests
