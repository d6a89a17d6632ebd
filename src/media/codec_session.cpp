// SPDX-License-Identifier: Apache-2.0
#include "media/codec_session.h"

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "media/av_error.h"
#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

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

Encoded encode(const CodecSetup& setup, const CodecOptions& options, std::int64_t frames,
               const CodecEnds& ends) {
  quieten_svt(options);
  // The first one before anything is opened: SVT-AV1, once open, hangs if it never sees a frame.
  AvFramePtr frame = ends.make_frame(0);
  Encoded encoded;
  encoded.parameters = av_checked(AvCodecParametersPtr(avcodec_parameters_alloc()));
  // Before the context, so that it is released after the encoder is closed.
  const std::unique_lock<std::mutex> lock = serialise(options);
  const AvCodecContextPtr context = make_codec_context(setup, options);
  open_encoder(*context, setup, options);
  for (std::int64_t i = 0; i < frames; ++i) {
    if (i > 0) frame = ends.make_frame(i);
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

/// Passes on the frames that are wanted and counts the others.
class Taker {
 public:
  Taker(const CodecSetup& setup, const CodecOptions& options, std::int64_t frames,
        const CodecEnds& ends)
      : setup_(setup), options_(options), frames_(frames), ends_(ends) {}

  void take(const AVFrame& frame) {
    if (frame.width != setup_.width || frame.height != setup_.height ||
        frame.format != setup_.format) {
      const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
      throw MediaError("codec " + options_.codec + " gave frames of " +
                       size_text(frame.width, frame.height) + " " +
                       (format == nullptr ? "no format" : format) + " back instead of " +
                       size_text(setup_.width, setup_.height) + " " + options_.pixel_format);
    }
    if (count_ < frames_) ends_.take_frame(frame, count_);
    ++count_;
  }

  void check_count() const {
    if (count_ == frames_) return;
    throw MediaError("codec " + options_.codec + " gave " + std::to_string(count_) + " of " +
                     std::to_string(frames_) + " frames back");
  }

 private:
  const CodecSetup& setup_;
  const CodecOptions& options_;
  std::int64_t frames_;
  const CodecEnds& ends_;
  std::int64_t count_ = 0;
};

/// nullptr: no more packets.
void send_packet(AVCodecContext& context, const AVPacket* packet, const CodecOptions& options,
                 Taker& taker) {
  const LogCapture capture;
  int code = avcodec_send_packet(&context, packet);
  if (code < 0) throw_failed("decoder of", options, code, capture);
  const AvFramePtr frame = make_av_frame();
  while (true) {
    code = avcodec_receive_frame(&context, frame.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    if (code < 0) throw_failed("decoder of", options, code, capture);
    taker.take(*frame);
  }
}

void decode(const Encoded& encoded, const CodecSetup& setup, const CodecOptions& options,
            Taker& taker) {
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
    send_packet(*context, packet.get(), options, taker);
  }
  send_packet(*context, nullptr, options, taker);
}

}  // namespace

void run_codec(const CodecSetup& setup, const CodecOptions& options, std::int64_t frames,
               const CodecEnds& ends) {
  const Encoded encoded = encode(setup, options, frames, ends);
  Taker taker(setup, options, frames, ends);
  decode(encoded, setup, options, taker);
  taker.check_count();
}

AvFramePtr make_buffered_frame(AVPixelFormat format, int width, int height) {
  AvFramePtr frame = make_av_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void check_clip_sides(std::int64_t frames, std::int64_t height, std::int64_t width) {
  if (frames < 1) {
    throw ConfigError("a clip of " + std::to_string(frames) +
                      " frames cannot be encoded; it needs at least 1");
  }
  if (width < 1 || height < 1 || width > kMaxRoundTripSize || height > kMaxRoundTripSize) {
    throw ConfigError("clip of " + size_text(width, height) + " pixels: each side must be 1 to " +
                      std::to_string(kMaxRoundTripSize));
  }
}

}  // namespace vcisr::media
