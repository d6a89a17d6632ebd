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
  /// FFmpeg's encoder name; empty: libx264 (8 bit) or libx265 (more) where the container holds it,
  /// libvpx-vp9 for webm, raw planes for y4m and yuv.
  std::string codec;
  /// Constant rate factor; 18 where the encoder has one and no rate of any kind is given.
  std::optional<double> crf;
  std::optional<std::int64_t> bitrate_kbps;
  std::string preset;  ///< Effort in the encoder's own words; "medium" where it has that word.
  /// FFmpeg's name; empty: the source's, or the nearest that the encoder takes.
  std::string pixel_format;
  /// Any private or generic option of the encoder; x264-params, x265-params, svtav1-params are
  /// taken apart and every name and value in them is checked.
  OptionList encoder_options;
  OptionList muxer_options;  ///< "+flag" values of movflags are added to ours.
  bool faststart = true;     ///< mp4 and mov: index in front.
  bool copy_audio = true;
  bool copy_subtitles = true;
  bool copy_attachments = true;  ///< Fonts, cover art.
  bool copy_chapters = true;
  bool copy_metadata = true;
  int threads = 0;  ///< 0 = the encoder's choice.
};

/// What the frames to be written look like.
struct VideoOutputInfo {
  /// Of the frames as they stand in the film; quarter_turns() comes on top of it.
  std::int64_t width = 0;
  std::int64_t height = 0;
  PixelFormat preferred_format;  ///< Bit depth and layout the source has.
  std::string container;  ///< "" = from the extension; "yuv4mpegpipe", "matroska" … for pipes.
};

/// Frames in, a finished file out: encoder, and every other stream of the source copied beside it.
///
/// Output   A file, or standard output for the path "-" (raw planes and y4m, Matroska, MPEG-TS, mp4
///          in fragments). A file appears under its final name on finish() only (AtomicFile);
///          destroyed before, nothing is left.
/// Time     Frames keep the PTS and durations they carry, in the source's time base where the
///          container has it (mkv: 1/1000, ts: 1/90000; avi and y4m count frames). As FFmpeg has
///          it, mkv and ts move films whose times begin below 0 (AAC's priming in mp4). The encoder
///          itself counts frames at the source's nominal rate. With `start_s` in the source's
///          options everything is shifted so that this time becomes 0; packets of other streams are
///          kept if they start in [start, end).
/// Colour   The source's tags are written as they are (see color()).
/// Streams  Audio, subtitles, attachments, cover art, chapters and metadata of the source file are
///          copied bit-exactly by a demuxer of its own and interleaved as the film goes on. What
///          the container cannot hold is told by notes() before the first frame. Sources that are
///          pipes, raw planes or no files at all (pictures) have nothing to copy.
/// Memory   flat in the film's length, the container's own index aside.
/// Errors   The user's mistakes are told by the constructor, as ConfigError: unknown encoder,
///          option or parameter (with the nearest name), a value the encoder refuses, a codec that
///          the container cannot hold (with encoders that fit), sizes the encoder does not have.
///          OutputError: disk, existing file, frames out of order, FFmpeg's own failures.
///          InputError: the source's other streams end early.
/// Threads  one object, one thread at a time.
class VideoWriter {
 public:
  /// `source` describes the film whose tags, SAR, rotation, time base and streams are carried over;
  /// `source_options` are those it was decoded with (start, end, keep_going).
  VideoWriter(const std::string& path, const VideoInfo& source,
              const VideoDecoderOptions& source_options, const VideoOutputInfo& output,
              const VideoEncoderOptions& options, AtomicFile::Existing existing);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  /// What write() expects: format, and the colour conversion that fits the tags of the output. Grey
  /// films get YUV from encoders without grey: neutral chroma is the caller's to fill in.
  [[nodiscard]] const PixelFormat& format() const noexcept;
  [[nodiscard]] const ColorSpec& color() const noexcept;
  /// Clockwise quarter turns that the caller must apply to the pixels because the container cannot
  /// hold the rotation; 0..3. For odd ones write() expects width and height exchanged.
  [[nodiscard]] int quarter_turns() const noexcept;
  [[nodiscard]] const std::string& encoder_name() const noexcept;
  /// Streams left out, rotation applied …, as sentences.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept;

  /// The next frame in display order. Its samples are not copied where `frame.owner()` keeps them
  /// alive: they must not change until the owner has no other references.
  void write(const Frame& frame);
  /// Drains the encoder, writes the trailer, gives the file its final name.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// One encoder of the linked FFmpeg.
struct EncoderInfo {
  std::string name;
  std::string description;
};
[[nodiscard]] std::vector<EncoderInfo> video_encoders();

/// FFmpeg's version as linked ("5.1.9-0+deb12u1").
[[nodiscard]] std::string ffmpeg_version();

}  // namespace vcisr::media
