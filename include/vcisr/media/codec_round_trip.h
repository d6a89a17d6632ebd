// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vcisr::media {

/// Ordered pictures of one size in memory.
///
/// Shape   uint8 [frames, height, width, 3], R, G, B interleaved, no gaps.
struct RgbClip {
  std::int64_t frames = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;

  bool operator==(const RgbClip&) const = default;
};

/// Ordered pictures of one size in memory, as encoders take them: 8-bit planar YUV.
///
/// Shape   uint8, frame after frame the planes Y, U, V without gaps: Y [height, width], U and V
///         [ceil(height / 2^chroma_shift_y), ceil(width / 2^chroma_shift_x)].
struct YuvClip {
  std::int64_t frames = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  int chroma_shift_x = 1;
  int chroma_shift_y = 1;
  std::vector<std::uint8_t> samples;

  [[nodiscard]] std::int64_t chroma_width() const noexcept {
    return (width + (std::int64_t{1} << chroma_shift_x) - 1) >> chroma_shift_x;
  }
  [[nodiscard]] std::int64_t chroma_height() const noexcept {
    return (height + (std::int64_t{1} << chroma_shift_y) - 1) >> chroma_shift_y;
  }
  /// Of one frame.
  [[nodiscard]] std::int64_t frame_samples() const noexcept {
    return height * width + 2 * chroma_height() * chroma_width();
  }
  bool operator==(const YuvClip&) const = default;
};

/// Constant rate factor: libx264 and libx265 0..51, libvpx-vp9 and libaom-av1 0..63 and libsvtav1
/// 1..63 in whole numbers; the others have none.
struct Crf {
  double value = 23;
};
/// Average that the encoder's rate control aims at; it binds only where the finest quantiser would
/// need more.
struct BitrateKbps {
  std::int64_t value = 4000;
};
/// The same quantiser all along, in the codec's own scale: mpeg2video, mpeg4 and libxvid 1..31,
/// libx264 and libx265 0..51, libvpx-vp9 and libaom-av1 0..63, libsvtav1 1..63.
struct FixedQuantiser {
  int value = 8;
};
using CodecRate = std::variant<Crf, BitrateKbps, FixedQuantiser>;

/// What is not named here stays as the encoder has it.
struct CodecOptions {
  /// mpeg2video, mpeg4, libxvid, libx264, libx265, libvpx-vp9, libsvtav1 or libaom-av1.
  std::string codec = "libx264";
  CodecRate rate = Crf{};
  /// Effort; "" = the encoder's own default. libx264 and libx265: their words; libsvtav1: a number;
  /// libvpx-vp9 and libaom-av1: the number of cpu-used; mpeg2video, mpeg4 and libxvid have none and
  /// any word is passed over, as the ffmpeg program does.
  std::string preset;
  /// Frames per second, a whole number: not only metadata, rate control looks at it. mpeg2video has
  /// a table of rates and refuses others.
  int fps = 25;
  /// Encoded size; 0 = the clip's. Multiples of the pixel format's chroma steps (4:2:0: even).
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::string pixel_format = "yuv420p";  ///< FFmpeg's name.
  std::string profile;                   ///< FFmpeg's name or number; "" = the encoder's choice.
  std::optional<int> gop;                ///< Longest distance of two key frames; unset = default.
};

/// Sends the clip through a real encoder and its decoder, in memory, and returns what a viewer
/// would see: RGB24 -> libswscale -> encoder -> decoder -> libswscale -> RGB24.
///
/// Shape    As the argument, exactly as many frames, in order; the encoded size may be another.
/// Colour   swscale's bicubic filter, BT.601, limited range (full range for the "yuvj" formats).
/// Bytes    Those of the ffmpeg program with one thread and one scale filter per direction (5.1.9:
///          compared for mpeg2video at 25 fps, libxvid, libx264 with x264-params asm=SSE2, libx265
///          with frame-threads=1; below 64 pixels of width libx265 runs with cutree=0, without
///          which it corrupts memory, and with a side of 64 or 32 with a smaller ctu, without which
///          it does not repeat itself; a side of 16 is refused). Equal in every run on one kind of
///          CPU and one build of the libraries; libswscale rounds differently on CPUs with other
///          vector units.
/// Threads  Any number of calls side by side, each with contexts of its own and one codec thread;
///          encoders with process-wide state (libxvid, libsvtav1) run in turn.
/// Memory   The encoded packets and the result, and what the encoder looks ahead.
/// Errors   ConfigError: 0 frames, and all that check_codec() tells. MediaError with FFmpeg's own
///          text: encoding or decoding fails, another number of frames comes back.
[[nodiscard]] RgbClip codec_round_trip(const RgbClip& clip, const CodecOptions& options);

/// The same without any conversion: the planes go into the encoder as they are, and what the
/// decoder gives comes back.
///
/// Shape    As the argument; the encoded size is the clip's (options.width and height are 0 or
/// that),
///          options.pixel_format an 8-bit planar YUV format of the clip's chroma shifts (yuv420p,
///          yuv422p, yuv444p, and the "yuvj" ones for full range).
/// Bytes    No libswscale: equal on all CPUs on which the codecs themselves are.
/// Threads, Memory  As above.
/// Errors   As above; ConfigError: a clip whose bytes do not fit its sizes, another encoded size, a
///          pixel format of another kind.
[[nodiscard]] YuvClip codec_round_trip(const YuvClip& clip, const CodecOptions& options);

/// For start-up: sends one grey frame of the encoded size (which must be set) all the way.
///
/// Errors   ConfigError: a codec that is none of the list or is missing in this FFmpeg, a value out
///          of range, a pixel format the encoder lacks, a size that does not fit the pixel format
///          or that the encoder refuses, any other refusal of the encoder in FFmpeg's words.
void check_codec(const CodecOptions& options);

}  // namespace vcisr::media
