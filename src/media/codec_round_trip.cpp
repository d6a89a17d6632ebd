// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/codec_round_trip.h"

#include <cstring>
#include <utility>

#include "media/av_error.h"
#include "media/codec_session.h"
#include "media/codec_settings.h"
#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

constexpr int kRgbBytes = 3;

/// swscale as the ffmpeg program uses it: flags, ranges, matrix and chroma positions are part of
/// the bytes.
AvSwsPtr make_sws(const AVFrame& from, const AVFrame& to) {
  AvSwsPtr sws(sws_getContext(from.width, from.height, static_cast<AVPixelFormat>(from.format),
                              to.width, to.height, static_cast<AVPixelFormat>(to.format),
                              SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!sws) {
    throw MediaError(std::string("libswscale cannot turn ") +
                     av_get_pix_fmt_name(static_cast<AVPixelFormat>(from.format)) + " " +
                     size_text(from.width, from.height) + " into " +
                     av_get_pix_fmt_name(static_cast<AVPixelFormat>(to.format)) + " " +
                     size_text(to.width, to.height));
  }
  return sws;
}

void scale(SwsContext& sws, const AVFrame& from, AVFrame& to) {
  const int rows = sws_scale(&sws, from.data, from.linesize, 0, from.height, to.data, to.linesize);
  if (rows != to.height) throw MediaError("libswscale failed: " + av_error_text(rows));
}

AvFramePtr make_rgb_frame(const RgbClip& clip) {
  return make_buffered_frame(AV_PIX_FMT_RGB24, static_cast<int>(clip.width),
                             static_cast<int>(clip.height));
}

/// RGB24 -> the encoder's format. The pixels go through aligned memory, as in the program.
class Packer {
 public:
  Packer(const RgbClip& clip, const CodecSetup& setup)
      : clip_(clip), setup_(setup), rgb_(make_rgb_frame(clip)) {}

  [[nodiscard]] AvFramePtr pack(std::int64_t index) {
    const auto row_bytes = static_cast<std::size_t>(clip_.width * kRgbBytes);
    const std::uint8_t* source =
        clip_.pixels.data() + static_cast<std::size_t>(index * clip_.height) * row_bytes;
    for (int y = 0; y < rgb_->height; ++y, source += row_bytes) {
      std::memcpy(rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], source, row_bytes);
    }
    AvFramePtr packed = make_buffered_frame(setup_.format, setup_.width, setup_.height);
    if (!sws_) sws_ = make_sws(*rgb_, *packed);
    scale(*sws_, *rgb_, *packed);
    return packed;
  }

 private:
  const RgbClip& clip_;
  const CodecSetup& setup_;
  AvFramePtr rgb_;
  AvSwsPtr sws_;
};

/// Decoded frames -> RGB24.
class Unpacker {
 public:
  explicit Unpacker(RgbClip& clip) : clip_(clip), rgb_(make_rgb_frame(clip)) {}

  void unpack(const AVFrame& frame, std::int64_t index) {
    if (!sws_) sws_ = make_sws(frame, *rgb_);
    scale(*sws_, frame, *rgb_);
    const auto row_bytes = static_cast<std::size_t>(clip_.width * kRgbBytes);
    std::uint8_t* target =
        clip_.pixels.data() + static_cast<std::size_t>(index * clip_.height) * row_bytes;
    for (int y = 0; y < rgb_->height; ++y, target += row_bytes) {
      std::memcpy(target, rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], row_bytes);
    }
  }

 private:
  RgbClip& clip_;
  AvFramePtr rgb_;
  AvSwsPtr sws_;
};

}  // namespace

RgbClip codec_round_trip(const RgbClip& clip, const CodecOptions& options) {
  check_clip_sides(clip.frames, clip.height, clip.width);
  check_clip_bytes(clip, clip.height * clip.width * kRgbBytes, clip.pixels.size());
  CodecOptions sized = options;
  if (sized.width == 0) sized.width = clip.width;
  if (sized.height == 0) sized.height = clip.height;
  const CodecSetup setup = make_codec_setup(sized);

  RgbClip result{clip.frames, clip.height, clip.width, {}};
  result.pixels.resize(clip.pixels.size());
  Packer packer(clip, setup);
  Unpacker unpacker(result);
  const CodecEnds ends{
      [&packer](std::int64_t index) { return packer.pack(index); },
      [&unpacker](const AVFrame& frame, std::int64_t index) { unpacker.unpack(frame, index); }};
  run_codec(setup, sized, clip.frames, ends);
  return result;
}

void check_codec(const CodecOptions& options) {
  // The size in particular, before memory is asked for.
  static_cast<void>(make_codec_setup(options));
  constexpr std::uint8_t kGrey = 128;
  RgbClip clip{1, options.height, options.width, {}};
  clip.pixels.assign(static_cast<std::size_t>(options.height * options.width * kRgbBytes), kGrey);
  try {
    static_cast<void>(codec_round_trip(clip, options));
  } catch (const MediaError& error) {
    throw ConfigError("encoder " + options.codec + " cannot be used at " +
                      std::to_string(options.width) + "x" + std::to_string(options.height) + ": " +
                      error.what());
  }
}

}  // namespace vcisr::media
