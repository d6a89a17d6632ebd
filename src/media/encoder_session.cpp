// SPDX-License-Identifier: Apache-2.0
#include "media/encoder_session.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "media/av_compat.h"
#include "media/av_error.h"
#include "media/av_pixel_format.h"
#include "media/container_table.h"
#include "media/encoder_options.h"
#include "media/frame_converter.h"

namespace vcisr::media {
namespace {

constexpr std::uintptr_t kVectorAlignment = 32;

bool is_svt(const AVCodec& encoder) { return std::string_view(encoder.name) == "libsvtav1"; }

/// H.265's and AV1's fixed-point units: chromaticity in 1/50000, luminance in 1/10000 cd/m^2.
std::string master_display_text(const MasteringDisplay& display) {
  const auto scaled = [](const Rational& value, double unit) {
    return std::to_string(static_cast<long>(value.value() * unit + 0.5));
  };
  const auto point = [&scaled](const std::array<Rational, 2>& xy) {
    return "(" + scaled(xy[0], 50000) + "," + scaled(xy[1], 50000) + ")";
  };
  return "G" + point(display.primaries[1]) + "B" + point(display.primaries[2]) + "R" +
         point(display.primaries[0]) + "WP" + point(display.white_point) + "L(" +
         scaled(display.max_luminance, 10000) + "," + scaled(display.min_luminance, 10000) + ")";
}

void release_owner(void* owner, std::uint8_t* /*data*/) {
  const std::unique_ptr<std::shared_ptr<void>> holder(static_cast<std::shared_ptr<void>*>(owner));
}

bool is_aligned(const Frame& frame) {
  std::uintptr_t bits = 0;
  for (int i = 0; i < frame.format().plane_count(); ++i) {
    const Frame::Plane& plane = frame.plane(i);
    bits |= reinterpret_cast<std::uintptr_t>(plane.data);
    bits |= static_cast<std::uintptr_t>(plane.stride_bytes);
    if (plane.stride_bytes <= 0) return false;
  }
  return bits % kVectorAlignment == 0;
}

void copy_planes(const Frame& from, const Frame& to) {
  for (int i = 0; i < from.format().plane_count(); ++i) {
    const Frame::Plane& source = from.plane(i);
    const Frame::Plane& target = to.plane(i);
    const auto bytes = static_cast<std::size_t>(source.width * from.format().bytes_per_sample());
    for (std::int64_t y = 0; y < source.height; ++y) {
      std::memcpy(target.data + y * target.stride_bytes, source.data + y * source.stride_bytes,
                  bytes);
    }
  }
}

}  // namespace

EncoderSession::EncoderSession(const EncoderSetup& setup, const VideoEncoderOptions& options)
    : setup_(setup),
      context_(av_checked(AvCodecContextPtr(avcodec_alloc_context3(setup.encoder)))) {
  set_parameters(options);
  apply_encoder_options(*context_, *setup_.encoder, options);
  set_hdr();
  const std::string_view name = setup_.encoder->name;
  if (name == "libx265") {
    // x265 writes to stderr by itself; what it refuses FFmpeg reports.
    add_codec_parameter(*context_, "x265-params", "log-level=none");
    if (options.threads > 0) {
      add_codec_parameter(*context_, "x265-params", "pools=" + std::to_string(options.threads));
    }
  } else if (is_svt(*setup_.encoder)) {
    if (options.threads > 0) {
      add_codec_parameter(*context_, "svtav1-params", "lp=" + std::to_string(options.threads));
    }
    // The library's only switch for its chatter on stderr; a user's own setting stays.
    ::setenv("SVT_LOG", "0", 0);
  }
  open();
}

void EncoderSession::set_parameters(const VideoEncoderOptions& options) {
  AVCodecContext& context = *context_;
  context.width = setup_.width;
  context.height = setup_.height;
  context.pix_fmt = setup_.format.av;
  context.framerate = setup_.frame_rate;
  context.time_base = av_inv_q(setup_.frame_rate);
  context.sample_aspect_ratio = setup_.sample_aspect_ratio;
  context.color_primaries = static_cast<AVColorPrimaries>(setup_.tags.primaries);
  context.color_trc = static_cast<AVColorTransferCharacteristic>(setup_.tags.transfer);
  context.colorspace = static_cast<AVColorSpace>(setup_.tags.matrix);
  context.color_range = static_cast<AVColorRange>(setup_.tags.range);
  context.chroma_sample_location = static_cast<AVChromaLocation>(setup_.tags.chroma_location);
  context.thread_count = options.threads;
  if ((setup_.muxer->flags & AVFMT_GLOBALHEADER) != 0) {
    context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  if (setup_.field_order == FieldOrder::kTopFirst ||
      setup_.field_order == FieldOrder::kBottomFirst) {
    context.flags |= AV_CODEC_FLAG_INTERLACED_DCT;
    context.field_order = setup_.field_order == FieldOrder::kTopFirst ? AV_FIELD_TB : AV_FIELD_BT;
  } else if (setup_.field_order == FieldOrder::kProgressive) {
    context.field_order = AV_FIELD_PROGRESSIVE;
  }
  // avi has one clock for decoding and showing.
  if (container_kind(*setup_.muxer) == ContainerKind::kAvi) context.max_b_frames = 0;
  // y4m of more than 8 bits, full-range MJPEG: written by FFmpeg only on this word.
  context.strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
  // SVT-AV1 tells what it does not know before it starts its threads only on this word.
  if (is_svt(*setup_.encoder)) context.err_recognition |= AV_EF_EXPLODE;
}

void EncoderSession::set_hdr() {
  const std::string_view name = setup_.encoder->name;
  const bool is_x265 = name == "libx265";
  if (!is_x265 && name != "libsvtav1") return;
  const char* const list = is_x265 ? "x265-params" : "svtav1-params";
  const auto& display = setup_.mastering_display;
  if (display && display->has_primaries && display->has_luminance && is_x265) {
    add_codec_parameter(*context_, list, "master-display=" + master_display_text(*display));
  }
  if (setup_.content_light) {
    add_codec_parameter(*context_, list,
                        std::string(is_x265 ? "max-cll=" : "content-light=") +
                            std::to_string(setup_.content_light->max_content) + "," +
                            std::to_string(setup_.content_light->max_average));
  }
}

void EncoderSession::open() {
  const LogCapture capture;
  const int code = avcodec_open2(context_.get(), setup_.encoder, nullptr);
  is_open_ = code >= 0;
  check_logged_parameters(capture, *setup_.encoder);
  if (code < 0) {
    throw ConfigError(std::string("encoder ") + setup_.encoder->name +
                      " cannot be opened: " + av_error_text(code, capture));
  }
}

EncoderSession::~EncoderSession() {
  if (!is_open_ || has_frames_ || !is_svt(*setup_.encoder)) return;
  // SVT-AV1 hangs when it is closed without having seen a frame.
  const AvFramePtr frame = make_av_frame();
  frame->format = context_->pix_fmt;
  frame->width = context_->width;
  frame->height = context_->height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return;
  frame->pts = 0;
  if (avcodec_send_frame(context_.get(), frame.get()) < 0) return;
  avcodec_send_frame(context_.get(), nullptr);
  const AvPacketPtr packet = make_av_packet();
  while (avcodec_receive_packet(context_.get(), packet.get()) >= 0) av_packet_unref(packet.get());
}

AvFramePtr EncoderSession::wrap(const Frame& frame) {
  Frame source = frame;
  if (frame.owner() == nullptr || !is_aligned(frame)) {
    if (!pool_) pool_.emplace(frame.format(), frame.width(), frame.height());
    source = pool_->get();
    copy_planes(frame, source);
  }
  AvFramePtr wrapped = make_av_frame();
  wrapped->format = media::to_av(source.format());
  wrapped->width = static_cast<int>(source.width());
  wrapped->height = static_cast<int>(source.height());
  for (int i = 0; i < source.format().plane_count(); ++i) {
    const int to = av_plane_index(source.format(), i);
    wrapped->data[to] = source.plane(i).data;
    wrapped->linesize[to] = static_cast<int>(source.plane(i).stride_bytes);
  }
  // One reference for all planes; its bytes are those of the first and are never looked at.
  auto owner = std::make_unique<std::shared_ptr<void>>(source.owner());
  wrapped->buf[0] = av_buffer_create(
      wrapped->data[0],
      static_cast<std::size_t>(wrapped->linesize[0]) * static_cast<std::size_t>(wrapped->height),
      release_owner, owner.get(), AV_BUFFER_FLAG_READONLY);
  if (wrapped->buf[0] == nullptr) throw std::bad_alloc();
  static_cast<void>(owner.release());
  wrapped->extended_data = wrapped->data;
  return wrapped;
}

AvFramePtr EncoderSession::repack(const AVFrame& frame) {
  if (!sws_) {
    sws_ = make_repacking_sws(static_cast<AVPixelFormat>(frame.format), setup_.format.av,
                              frame.width, frame.height);
  }
  AvFramePtr packed = make_av_frame();
  packed->format = setup_.format.av;
  packed->width = frame.width;
  packed->height = frame.height;
  if (!sws_ || av_frame_get_buffer(packed.get(), 0) < 0) {
    throw OutputError(std::string("frames cannot be converted to ") +
                      av_get_pix_fmt_name(setup_.format.av));
  }
  sws_scale(sws_.get(), frame.data, frame.linesize, 0, frame.height, packed->data,
            packed->linesize);
  return packed;
}

void EncoderSession::send(const Frame& frame, std::int64_t index) {
  AvFramePtr picture = wrap(frame);
  const bool is_twin = setup_.format.is_full_range_only;
  if (is_twin) {
    picture->format = setup_.format.av;
  } else if (picture->format != setup_.format.av) {
    picture = repack(*picture);
  }
  picture->pts = index;
  picture->sample_aspect_ratio = context_->sample_aspect_ratio;
  picture->color_primaries = context_->color_primaries;
  picture->color_trc = context_->color_trc;
  picture->colorspace = context_->colorspace;
  picture->color_range = context_->color_range;
  picture->chroma_location = context_->chroma_sample_location;
  if ((context_->flags & AV_CODEC_FLAG_INTERLACED_DCT) != 0) {
    mark_interlaced(*picture, setup_.field_order == FieldOrder::kTopFirst);
  }
  send_raw(picture.get());
  has_frames_ = true;
}

void EncoderSession::drain() {
  if (is_drained_ || !has_frames_) return;
  is_drained_ = true;
  send_raw(nullptr);
}

void EncoderSession::send_raw(const AVFrame* frame) {
  const LogCapture capture;
  const int code = avcodec_send_frame(context_.get(), frame);
  if (code < 0) {
    throw OutputError(std::string("encoder ") + setup_.encoder->name +
                      " failed: " + av_error_text(code, capture));
  }
}

bool EncoderSession::receive(AVPacket& packet) {
  if (!has_frames_) return false;
  const LogCapture capture;
  const int code = avcodec_receive_packet(context_.get(), &packet);
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
  if (code < 0) {
    throw OutputError(std::string("encoder ") + setup_.encoder->name +
                      " failed: " + av_error_text(code, capture));
  }
  return true;
}

}  // namespace vcisr::media
