// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/codec_round_trip.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "media/av_error.h"
#include "media/codec_settings.h"
#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

constexpr int kRgbBytes = 3;

std::string size_text(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

/// Held from open to close where the library behind an encoder has process-wide state. Without it,
/// 4 threads side by side: one in six runs of libxvid differs, SVT-AV1 1.4.1 crashes.
std::unique_lock<std::mutex> serialise(const CodecOptions& options) {
  static std::mutex xvid;
  static std::mutex svt;
  if (options.codec == "libxvid") return std::unique_lock(xvid);
  if (options.codec == "libsvtav1") return std::unique_lock(svt);
  return {};
}

/// The library's only switch for its chatter on stderr; a user's own setting stays.
void quieten_svt(const CodecOptions& options) {
  static std::once_flag once;
  if (options.codec != "libsvtav1") return;
  std::call_once(once, [] { ::setenv("SVT_LOG", "0", 0); });
}

AvFramePtr make_buffered_frame(AVPixelFormat format, int width, int height) {
  AvFramePtr frame = make_av_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

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

/// RGB24 -> the encoder's format. The pixels go through aligned memory, as in the program.
class Packer {
 public:
  Packer(const RgbClip& clip, const CodecSetup& setup)
      : clip_(clip),
        setup_(setup),
        rgb_(make_buffered_frame(AV_PIX_FMT_RGB24, static_cast<int>(clip.width),
                                 static_cast<int>(clip.height))),
        packed_(make_buffered_frame(setup.format, setup.width, setup.height)),
        sws_(make_sws(*rgb_, *packed_)) {}

  /// A frame of its own each time: encoders keep references.
  [[nodiscard]] AvFramePtr pack(std::int64_t index) {
    const auto row_bytes = static_cast<std::size_t>(clip_.width * kRgbBytes);
    const std::uint8_t* source =
        clip_.pixels.data() + static_cast<std::size_t>(index * clip_.height) * row_bytes;
    for (int y = 0; y < rgb_->height; ++y, source += row_bytes) {
      std::memcpy(rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], source, row_bytes);
    }
    AvFramePtr packed = packed_ ? std::move(packed_)
                                : make_buffered_frame(setup_.format, setup_.width, setup_.height);
    scale(*sws_, *rgb_, *packed);
    return packed;
  }

 private:
  const RgbClip& clip_;
  const CodecSetup& setup_;
  AvFramePtr rgb_;
  AvFramePtr packed_;  ///< The first one: SVT-AV1, once open, hangs if it never sees a frame.
  AvSwsPtr sws_;
};

/// Decoded frames -> RGB24.
class Unpacker {
 public:
  Unpacker(RgbClip& clip, const CodecSetup& setup, const CodecOptions& options)
      : clip_(clip),
        setup_(setup),
        options_(options),
        rgb_(make_buffered_frame(AV_PIX_FMT_RGB24, static_cast<int>(clip.width),
                                 static_cast<int>(clip.height))) {}

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  void unpack(const AVFrame& frame) {
    if (frame.width != setup_.width || frame.height != setup_.height ||
        frame.format != setup_.format) {
      const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
      throw MediaError("codec " + options_.codec + " gave frames of " +
                       size_text(frame.width, frame.height) + " " +
                       (format == nullptr ? "no format" : format) + " back instead of " +
                       size_text(setup_.width, setup_.height) + " " + options_.pixel_format);
    }
    if (count_++ >= clip_.frames) return;
    if (!sws_) sws_ = make_sws(frame, *rgb_);
    scale(*sws_, frame, *rgb_);
    const auto row_bytes = static_cast<std::size_t>(clip_.width * kRgbBytes);
    std::uint8_t* target =
        clip_.pixels.data() + static_cast<std::size_t>((count_ - 1) * clip_.height) * row_bytes;
    for (int y = 0; y < rgb_->height; ++y, target += row_bytes) {
      std::memcpy(target, rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], row_bytes);
    }
  }

 private:
  RgbClip& clip_;
  const CodecSetup& setup_;
  const CodecOptions& options_;
  AvFramePtr rgb_;
  AvSwsPtr sws_;
  std::int64_t count_ = 0;
};

[[noreturn]] void throw_failed(const std::string& what, const CodecOptions& options, int code,
                               const LogCapture& capture) {
  throw MediaError(what + " " + options.codec + " failed: " + av_error_text(code, capture));
}

void open_encoder(AVCodecContext& context, const CodecSetup& setup, const CodecOptions& options) {
  const LogCapture capture;
  const int code = avcodec_open2(&context, setup.encoder, nullptr);
  if (code >= 0) return;
  throw ConfigError("encoder " + options.codec + " refuses " +
                    size_text(setup.width, setup.height) + " " + options.pixel_format + " at " +
                    std::to_string(options.fps) +
                    " fps with these options: " + av_error_text(code, capture));
}

using Packets = std::vector<AvPacketPtr>;

struct Encoded {
  AvCodecParametersPtr parameters;
  Packets packets;
};

/// nullptr: no more frames.
void send_frame(AVCodecContext& context, const AVFrame* frame, const CodecOptions& options,
                Packets& packets) {
  const LogCapture capture;
  int code = avcodec_send_frame(&context, frame);
  if (code < 0) throw_failed("encoder", options, code, capture);
  while (true) {
    AvPacketPtr packet = make_av_packet();
    code = avcodec_receive_packet(&context, packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    if (code < 0) throw_failed("encoder", options, code, capture);
    packets.push_back(std::move(packet));
  }
}

Encoded encode(const RgbClip& clip, const CodecSetup& setup, const CodecOptions& options) {
  quieten_svt(options);
  Packer packer(clip, setup);
  Encoded encoded;
  encoded.parameters = av_checked(AvCodecParametersPtr(avcodec_parameters_alloc()));
  // Before the context, so that it is released after the encoder is closed.
  const std::unique_lock<std::mutex> lock = serialise(options);
  const AvCodecContextPtr context = make_codec_context(setup, options);
  open_encoder(*context, setup, options);
  for (std::int64_t i = 0; i < clip.frames; ++i) {
    const AvFramePtr frame = packer.pack(i);
    frame->pts = i;
    // The quantiser of the MPEG encoders, where it is fixed, is that of the frame.
    frame->quality = context->global_quality;
    send_frame(*context, frame.get(), options, encoded.packets);
  }
  send_frame(*context, nullptr, options, encoded.packets);
  if (avcodec_parameters_from_context(encoded.parameters.get(), context.get()) < 0) {
    throw std::bad_alloc();
  }
  return encoded;
}

/// nullptr: no more packets.
void send_packet(AVCodecContext& context, const AVPacket* packet, const CodecOptions& options,
                 Unpacker& unpacker) {
  const LogCapture capture;
  int code = avcodec_send_packet(&context, packet);
  if (code < 0) throw_failed("decoder of", options, code, capture);
  const AvFramePtr frame = make_av_frame();
  while (true) {
    code = avcodec_receive_frame(&context, frame.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    if (code < 0) throw_failed("decoder of", options, code, capture);
    unpacker.unpack(*frame);
  }
}

void decode(const Encoded& encoded, const CodecSetup& setup, const CodecOptions& options,
            Unpacker& unpacker) {
  const AvCodecContextPtr context =
      av_checked(AvCodecContextPtr(avcodec_alloc_context3(setup.decoder)));
  if (avcodec_parameters_to_context(context.get(), encoded.parameters.get()) < 0) {
    throw std::bad_alloc();
  }
  context->thread_count = 1;
  context->pkt_timebase = {1, options.fps};
  const LogCapture capture;
  const int code = avcodec_open2(context.get(), setup.decoder, nullptr);
  if (code < 0) throw_failed("decoder of", options, code, capture);
  for (const AvPacketPtr& packet : encoded.packets) {
    send_packet(*context, packet.get(), options, unpacker);
  }
  send_packet(*context, nullptr, options, unpacker);
}

void check_clip(const RgbClip& clip) {
  if (clip.frames < 1) {
    throw ConfigError("a clip of " + std::to_string(clip.frames) +
                      " frames cannot be encoded; it needs at least 1");
  }
  if (clip.width < 1 || clip.height < 1 || clip.width > kMaxRoundTripSize ||
      clip.height > kMaxRoundTripSize) {
    throw ConfigError("clip of " + std::to_string(clip.width) + "x" + std::to_string(clip.height) +
                      " pixels: each side must be 1 to " + std::to_string(kMaxRoundTripSize));
  }
  const auto bytes = static_cast<std::uint64_t>(clip.width * clip.height * kRgbBytes) *
                     static_cast<std::uint64_t>(clip.frames);
  if (clip.pixels.size() != bytes) {
    throw ConfigError("clip of " + std::to_string(clip.frames) + " frames " +
                      std::to_string(clip.width) + "x" + std::to_string(clip.height) + " has " +
                      std::to_string(clip.pixels.size()) + " bytes instead of " +
                      std::to_string(bytes));
  }
}

}  // namespace

RgbClip codec_round_trip(const RgbClip& clip, const CodecOptions& options) {
  check_clip(clip);
  CodecOptions sized = options;
  if (sized.width == 0) sized.width = clip.width;
  if (sized.height == 0) sized.height = clip.height;
  const CodecSetup setup = make_codec_setup(sized);
  const Encoded encoded = encode(clip, setup, sized);

  RgbClip result{clip.frames, clip.height, clip.width, {}};
  result.pixels.resize(clip.pixels.size());
  Unpacker unpacker(result, setup, sized);
  decode(encoded, setup, sized, unpacker);
  if (unpacker.count() != clip.frames) {
    throw MediaError("codec " + sized.codec + " gave " + std::to_string(unpacker.count()) + " of " +
                     std::to_string(clip.frames) + " frames back");
  }
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
