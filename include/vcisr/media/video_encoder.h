// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vcisr/core/file.h"
#include "vcisr/media/frame.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

using OptionList = std::vector<std::pair<std::string, std::string>>;

/// How a film is written. Empty or unset means: chosen as documented.
struct VideoEncoderOptions {
  std::string codec;  ///< FFmpeg's encoder name; empty: libx264 (8 bit), libx265 (more), libvpx-vp9
                      ///< for webm.
  std::optional<double>
      crf;  ///< Constant rate factor; 18 where the encoder has one and no bitrate is given.
  std::optional<std::int64_t> bitrate_kbps;
  std::string preset;  ///< Effort in the encoder's own words; "medium" where it has that word.
  std::string
      pixel_format;  ///< FFmpeg's name; empty: the source's, or the nearest the encoder takes.
  OptionList encoder_options;  ///< Any private or generic option; x264-params and the like are
                               ///< taken apart and checked.
  OptionList muxer_options;
  bool faststart = true;  ///< mp4 and mov: index in front.
  bool copy_audio = true;
  bool copy_subtitles = true;
  bool copy_attachments = true;  ///< Fonts, cover art.
  bool copy_chapters = true;
  bool copy_metadata = true;
  int threads = 0;  ///< 0 = the encoder's choice.
};

/// What the frames to be written look like.
struct VideoOutputInfo {
  std::int64_t width = 0;  ///< Of the frames given to write().
  std::int64_t height = 0;
  PixelFormat preferred_format;  ///< Bit depth and layout the source has.
  std::string container;  ///< "" = from the extension; "yuv4mpegpipe" or "rawvideo" for pipes.
};

/// Frames in, a finished file out: encoder, and every other stream of the source copied beside it.
///
/// Time      Frames keep the PTS and durations they carry (source's time base).
/// Streams   Audio, subtitles, attachments, cover art, chapters, metadata of the source file are
/// copied
///           bit-exactly, read by a demuxer of our own and interleaved as the film goes on. What
///           the container cannot hold is told by notes() before the first frame.
/// Existing  see AtomicFile: the final name appears on finish() only.
/// Errors    ConfigError: unknown encoder, unknown option, a value the encoder refuses, a codec
/// that the
///           container cannot hold. OutputError: disk, existing file, FFmpeg's own failures.
///           All of the first kind come from the constructor.
/// Threads   one object, one thread at a time.
class VideoWriter {
 public:
  /// `source` describes the film whose tags, SAR, rotation, time base and streams are carried over.
  VideoWriter(const std::string& path, const VideoInfo& source,
              const VideoDecoderOptions& source_options, const VideoOutputInfo& output,
              const VideoEncoderOptions& options, AtomicFile::Existing existing);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  /// What write() expects: format, and the colour conversion that fits the tags of the output.
  [[nodiscard]] const PixelFormat& format() const noexcept;
  [[nodiscard]] const ColorSpec& color() const noexcept;
  /// Clockwise quarter turns that the caller must apply to the pixels because the container cannot
  /// hold the rotation; 0..3.
  [[nodiscard]] int quarter_turns() const noexcept;
  [[nodiscard]] const std::string& encoder_name() const noexcept;
  /// Streams left out, rotation applied …, as sentences.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept;

  void write(const Frame& frame);
  /// Drains the encoder, writes the trailer, gives the file its final name.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// VideoWriter::quarter_turns() of a writer that is not made yet, for callers that need it to know
/// the size of their frames. Errors  ConfigError for unknown containers.
[[nodiscard]] int quarter_turns_for(const std::string& path, const std::string& container,
                                    const VideoInfo& source);

/// One encoder of the linked FFmpeg.
struct EncoderInfo {
  std::string name;
  std::string description;
};
[[nodiscard]] std::vector<EncoderInfo> video_encoders();

/// FFmpeg's version as linked ("5.1.9-0+deb12u1").
[[nodiscard]] std::string ffmpeg_version();

}  // namespace vcisr::media
