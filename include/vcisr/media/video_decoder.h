// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/media/color_spec.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/pixel_format.h"

namespace vcisr::media {

struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  [[nodiscard]] double value() const {
    return den == 0 ? 0.0 : static_cast<double>(num) / static_cast<double>(den);
  }
  bool operator==(const Rational&) const = default;
};

/// HDR10's static metadata, as the source carries it.
struct MasteringDisplay {
  std::array<std::array<Rational, 2>, 3> primaries{};  ///< x, y of red, green, blue.
  std::array<Rational, 2> white_point{};
  Rational min_luminance;  ///< cd/m^2.
  Rational max_luminance;
  bool has_primaries = false;
  bool has_luminance = false;
  bool operator==(const MasteringDisplay&) const = default;
};
struct ContentLight {
  unsigned max_content = 0;  ///< MaxCLL, cd/m^2.
  unsigned max_average = 0;  ///< MaxFALL, cd/m^2.
  bool operator==(const ContentLight&) const = default;
};

enum class FieldOrder { kUnknown, kProgressive, kTopFirst, kBottomFirst };

/// What is known of a film's picture stream before its frames are read.
struct VideoInfo {
  std::string path;        ///< As given; "-" for standard input.
  std::string container;   ///< FFmpeg's demuxer name, e.g. "mov,mp4,m4a,3gp,3g2,mj2".
  std::string codec;       ///< E.g. "h264".
  std::int64_t width = 0;  ///< Pixels of the frames that read() returns.
  std::int64_t height = 0;
  PixelFormat format;               ///< Of the frames that read() returns.
  std::string source_pixel_format;  ///< FFmpeg's name of what the decoder gives.
  ColorTags tags;
  ColorSpec color;
  bool matrix_guessed = false;
  bool has_alpha = false;  ///< The stream carries alpha, which is left out.
  bool is_interlaced = false;
  FieldOrder field_order = FieldOrder::kUnknown;
  Rational time_base;
  Rational frame_rate;       ///< Average, or the container's guess; 0/1 when unknown.
  Rational base_frame_rate;  ///< Lowest rate whose ticks hold all times (FFmpeg's r_frame_rate).
  Rational sample_aspect_ratio{0, 1};                         ///< 0/1 when unknown.
  std::optional<std::array<std::int32_t, 9>> display_matrix;  ///< Rotation, as FFmpeg stores it.
  std::optional<MasteringDisplay> mastering_display;
  std::optional<ContentLight> content_light;
  std::int64_t start_pts = Frame::kNoPts;  ///< Of the stream, in time_base.
  std::int64_t first_pts = Frame::kNoPts;  ///< Of the first frame that read() returns.
  std::int64_t film_start_us = 0;  ///< Zero of start_s and end_s: the container's first time.
  int other_stream_count = 0;      ///< Audio, subtitles, attachments … beside the pictures.
  std::optional<double> duration_s;
  std::optional<std::int64_t> frame_count;  ///< An estimate for progress only; never relied on.
  /// Pictures that the container holds but its edit list hides (honoured, they are not read).
  std::int64_t edit_list_hidden_frames = 0;
  std::vector<std::string>
      notes;  ///< Sentences for log and report (guessed matrix, alpha left out …).
};

struct VideoDecoderOptions {
  int threads = 0;  ///< Codec threads; 0 = FFmpeg's choice.
  /// First frame shown at or after this time from the film's start (the container's first time).
  std::optional<double> start_s;
  std::optional<double> end_s;  ///< Frames before this time only.
  /// Damaged packets are counted and concealed as well as the decoder can, instead of InputError.
  bool keep_going = false;
  /// MOV and MP4: shows all that the file holds instead of what its edit list says.
  bool ignore_edit_list = false;
  std::string demuxer;         ///< "" = told from the data; "yuv4mpegpipe"; "rawvideo".
  std::int64_t raw_width = 0;  ///< rawvideo only.
  std::int64_t raw_height = 0;
  std::string raw_pixel_format;    ///< FFmpeg's name; rawvideo only.
  Rational raw_frame_rate{25, 1};  ///< rawvideo only, and .yuv files.
};

/// A film's frames in display order, as `ffmpeg` shows them.
///
/// Input    A file, or standard input for the path "-" (any container that can be read in one go).
/// Time     Each frame keeps the file's PTS exactly (edit lists applied as ffmpeg does), and they
///          grow strictly: where a file has none, or they go back, the film goes on at its own
///          pace. The decoder is drained at the end, so no held-back frame is lost. With `start_s`,
///          seeking is exact.
/// Samples  FFmpeg's buffers without a copy where the format is one of ours; everything else is
///          unpacked without loss (4:1:1, 4:1:0 and 4:4:0 chroma is enlarged to 4:4:4).
/// Memory   flat in the film's length, the container's index aside.
/// Errors   InputError in one sentence with FFmpeg's own text, the path, and the frame where known:
///          file missing, no picture stream (cover art does not count), unknown codec, truncated or
///          damaged data (unless keep_going), frame size or format changing midway. What cannot be
///          decoded before a stream's first key frame is not damage.
///          ConfigError: raw video without size, end before start.
/// Threads  one object, one thread at a time. Frames may be used and let go on any thread.
class VideoDecoder {
 public:
  explicit VideoDecoder(const std::string& path, const VideoDecoderOptions& options = {});
  ~VideoDecoder();
  VideoDecoder(VideoDecoder&&) noexcept;
  VideoDecoder& operator=(VideoDecoder&&) noexcept;

  [[nodiscard]] const VideoInfo& info() const noexcept;

  /// nullopt at the end of the film.
  [[nodiscard]] std::optional<Frame> read();

  /// Packets and frames that were damaged and left out or concealed, so far.
  [[nodiscard]] std::int64_t damage_count() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::media
