// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/video_decoder.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "media/av_compat.h"
#include "media/av_error.h"
#include "media/frame_converter.h"
#include "media/packet_reader.h"
#include "media/video_probe.h"
#include "media/video_source.h"

namespace vcisr::media {
namespace {

constexpr AVRational kMicroseconds = {1, AV_TIME_BASE};

std::int64_t to_microseconds(double seconds) {
  return static_cast<std::int64_t>(std::llround(seconds * AV_TIME_BASE));
}

std::string size_text(int width, int height, int format) {
  const char* name_of_format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return std::to_string(width) + "x" + std::to_string(height) + " " +
         (name_of_format == nullptr ? "unknown" : name_of_format);
}

}  // namespace

class VideoDecoder::Impl {
 public:
  Impl(const std::string& path, const VideoDecoderOptions& options)
      : path_(path), options_(options), reader_(path, options) {
    if (options_.start_s && options_.end_s && *options_.end_s <= *options_.start_s) {
      throw ConfigError("end " + std::to_string(*options_.end_s) + " s is not behind start " +
                        std::to_string(*options_.start_s) + " s");
    }
    open_codec();
    find_first_frame();
  }

  [[nodiscard]] const VideoInfo& info() const noexcept { return info_; }
  [[nodiscard]] std::int64_t damage_count() const noexcept { return damage_count_; }
  [[nodiscard]] std::optional<Frame> read();

 private:
  void open_codec();
  void find_first_frame();
  [[nodiscard]] AvFramePtr seek_to_start(std::int64_t start_us);
  void reset();

  [[nodiscard]] AvFramePtr decode();
  void feed();
  void damage(const std::string& text);
  [[nodiscard]] bool is_before_key_frame(const AVFrame& frame) const;
  [[nodiscard]] bool has_errors(const AVFrame& frame);

  [[nodiscard]] std::int64_t time_us(const AVFrame& frame) const;
  void set_times(const AVFrame& from, Frame& to);
  void check_unchanged(const AVFrame& frame) const;

  std::string path_;
  VideoDecoderOptions options_;
  PacketReader reader_;
  CodecErrors codec_errors_;
  AvCodecContextPtr codec_;
  AvPacketPtr packet_ = make_av_packet();
  std::optional<FrameConverter> converter_;
  VideoInfo info_;

  AvFramePtr first_;  // decoded by the constructor, not yet returned
  int width_ = 0;
  int height_ = 0;
  int format_ = AV_PIX_FMT_NONE;
  std::int64_t end_us_ = std::numeric_limits<std::int64_t>::max();

  std::int64_t key_pts_ = AV_NOPTS_VALUE;  // of the first key frame since the start or seek
  bool has_key_ = false;
  bool is_tolerant_ = false;  // while frames before `start_s` are thrown away
  bool is_draining_ = false;
  bool is_next_damaged_ = false;
  long seen_codec_errors_ = 0;
  std::int64_t damage_count_ = 0;
  std::int64_t frames_returned_ = 0;
  std::int64_t last_pts_ = Frame::kNoPts;
  std::int64_t last_duration_ = 1;
};

void VideoDecoder::Impl::open_codec() {
  AVStream& stream = reader_.stream();
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* const decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr) {
    throw InputError(path_ + ": FFmpeg has no decoder for its codec " +
                     avcodec_get_name(parameters.codec_id));
  }
  codec_ = av_checked(AvCodecContextPtr(avcodec_alloc_context3(decoder)));
  avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = stream.time_base;
  codec_->framerate = av_guess_frame_rate(&reader_.input(), &stream, nullptr);
  codec_->thread_count = options_.threads;
  codec_->opaque = &codec_errors_;
  const LogCapture capture;
  const int code = avcodec_open2(codec_.get(), decoder, nullptr);
  if (code < 0) {
    throw InputError(path_ + ": the decoder " + decoder->name +
                     " cannot be opened: " + av_error_text(code, capture));
  }
}

void VideoDecoder::Impl::find_first_frame() {
  const std::int64_t film_start = film_start_us(reader_.input());
  if (options_.end_s) end_us_ = film_start + to_microseconds(*options_.end_s);
  const bool is_cut = options_.start_s && *options_.start_s > 0;
  first_ = is_cut ? seek_to_start(film_start + to_microseconds(*options_.start_s)) : decode();
  if (!first_) {
    throw InputError(
        path_ + (is_cut ? ": holds no frame at or after " + std::to_string(*options_.start_s) + " s"
                        : std::string(": no frame could be decoded")));
  }
  width_ = first_->width;
  height_ = first_->height;
  format_ = first_->format;
  try {
    converter_.emplace(static_cast<AVPixelFormat>(format_), width_, height_);
  } catch (const InputError& error) {
    throw InputError(path_ + ": " + error.what());
  }
  info_ = probe_video(path_, reader_.input(), reader_.stream(), *first_, converter_->format());
}

void VideoDecoder::Impl::reset() {
  avcodec_flush_buffers(codec_.get());
  has_key_ = false;
  key_pts_ = AV_NOPTS_VALUE;
  is_draining_ = false;
  is_next_damaged_ = false;
}

/// Seeks to key frames ever earlier until decoding begins at or before the wanted time: indexes
/// point at the wrong side of reordered frames, and some formats guess.
AvFramePtr VideoDecoder::Impl::seek_to_start(std::int64_t start_us) {
  is_tolerant_ = true;
  const std::int64_t film_start = film_start_us(reader_.input());
  AvFramePtr frame;
  for (std::int64_t back_us = 0;; back_us = back_us == 0 ? AV_TIME_BASE : back_us * 4) {
    const bool is_from_start = is_pipe(path_) || start_us - back_us <= film_start;
    if (is_from_start) {
      if (!is_pipe(path_) && back_us > 0) reader_.rewind();
    } else if (!reader_.seek(
                   av_rescale_q(start_us - back_us, kMicroseconds, reader_.stream().time_base))) {
      continue;
    }
    reset();
    frame = decode();
    while (frame && !is_from_start && has_errors(*frame)) frame = decode();
    if (is_from_start || (frame && time_us(*frame) <= start_us)) break;
  }
  while (frame && time_us(*frame) < start_us) frame = decode();
  is_tolerant_ = false;
  return frame;
}

std::int64_t VideoDecoder::Impl::time_us(const AVFrame& frame) const {
  const std::int64_t pts = frame.best_effort_timestamp;
  if (pts == AV_NOPTS_VALUE) return std::numeric_limits<std::int64_t>::min();
  return av_rescale_q(pts, codec_->pkt_timebase, kMicroseconds);
}

/// Streams cut out of a broadcast begin in the middle of a group; what cannot be decoded before the
/// first key frame is no damage.
bool VideoDecoder::Impl::is_before_key_frame(const AVFrame& frame) const {
  return !has_key_ ||
         (key_pts_ != AV_NOPTS_VALUE && frame.pts != AV_NOPTS_VALUE && frame.pts < key_pts_);
}

/// Some decoders mark the frame, some only log; with frame threads the log may be a frame or two
/// ahead.
bool VideoDecoder::Impl::has_errors(const AVFrame& frame) {
  const bool has_logged =
      codec_errors_.count() != std::exchange(seen_codec_errors_, codec_errors_.count());
  return has_logged || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0;
}

void VideoDecoder::Impl::damage(const std::string& text) {
  if (is_tolerant_) return;
  if (!options_.keep_going) {
    throw InputError(path_ + ": damaged at frame " + std::to_string(frames_returned_) + ": " +
                     text);
  }
  ++damage_count_;
}

void VideoDecoder::Impl::feed() {
  switch (reader_.read(*packet_)) {
    case PacketReader::Status::kEnd:
      avcodec_send_packet(codec_.get(), nullptr);
      is_draining_ = true;
      return;
    case PacketReader::Status::kDamaged:
      damage(reader_.damage());
      is_next_damaged_ = true;
      if (packet_->size == 0) return;
      break;
    case PacketReader::Status::kPacket:
      break;
  }
  if ((packet_->flags & AV_PKT_FLAG_KEY) != 0 && !has_key_) {
    has_key_ = true;
    key_pts_ = packet_->pts;
  }
  const LogCapture capture;
  const int code = avcodec_send_packet(codec_.get(), packet_.get());
  if (code < 0 && code != AVERROR(EAGAIN) && has_key_) damage(av_error_text(code, capture));
}

AvFramePtr VideoDecoder::Impl::decode() {
  AvFramePtr frame = make_av_frame();
  for (;;) {
    const LogCapture capture;
    const int code = avcodec_receive_frame(codec_.get(), frame.get());
    if (code == AVERROR_EOF) return nullptr;
    if (code == AVERROR(EAGAIN)) {
      feed();
    } else if (code < 0) {
      if (has_key_) damage(av_error_text(code, capture));
      // A decoder that fails while it is drained would fail for ever.
      if (is_draining_ && code != AVERROR_INVALIDDATA) return nullptr;
    } else {
      return frame;
    }
  }
}

void VideoDecoder::Impl::set_times(const AVFrame& from, Frame& to) {
  to.duration = frame_duration(from);
  if (to.duration <= 0) {
    const AVRational rate = codec_->framerate;
    to.duration = rate.num > 0
                      ? av_rescale_q(1, AVRational{rate.den, rate.num}, codec_->pkt_timebase)
                      : last_duration_;
  }
  to.pts = from.best_effort_timestamp;
  if (to.pts == AV_NOPTS_VALUE) {
    to.pts = last_pts_ != Frame::kNoPts         ? last_pts_ + last_duration_
             : info_.start_pts != Frame::kNoPts ? info_.start_pts
                                                : 0;
  }
  // Broken clocks: the film goes on at its own pace.
  if (last_pts_ != Frame::kNoPts && to.pts <= last_pts_) to.pts = last_pts_ + last_duration_;
  last_pts_ = to.pts;
  last_duration_ = to.duration > 0 ? to.duration : 1;
}

void VideoDecoder::Impl::check_unchanged(const AVFrame& frame) const {
  if (frame.width == width_ && frame.height == height_ && frame.format == format_) return;
  throw InputError(path_ + ": frame " + std::to_string(frames_returned_) + " changes from " +
                   size_text(width_, height_, format_) + " to " +
                   size_text(frame.width, frame.height, frame.format) + ", which is not supported");
}

std::optional<Frame> VideoDecoder::Impl::read() {
  AvFramePtr decoded = first_ ? std::move(first_) : decode();
  if (!decoded || time_us(*decoded) >= end_us_) return std::nullopt;
  check_unchanged(*decoded);
  bool is_damaged = std::exchange(is_next_damaged_, false);
  // Asked in any case: it forgets what was logged up to here.
  const bool has_decode_errors = has_errors(*decoded);
  if (has_decode_errors && !is_before_key_frame(*decoded)) {
    const std::string last = codec_errors_.last();
    damage("the decoder met errors" + (last.empty() ? "" : " (" + last + ")"));
    is_damaged = true;
  }
  const AvFramePtr times = make_av_frame();
  av_frame_copy_props(times.get(), decoded.get());
  Frame frame = converter_->convert(std::move(decoded));
  set_times(*times, frame);
  frame.is_damaged = is_damaged;
  ++frames_returned_;
  return frame;
}

VideoDecoder::VideoDecoder(const std::string& path, const VideoDecoderOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoDecoder::~VideoDecoder() = default;
VideoDecoder::VideoDecoder(VideoDecoder&&) noexcept = default;
VideoDecoder& VideoDecoder::operator=(VideoDecoder&&) noexcept = default;

const VideoInfo& VideoDecoder::info() const noexcept { return impl_->info(); }
std::optional<Frame> VideoDecoder::read() { return impl_->read(); }
std::int64_t VideoDecoder::damage_count() const noexcept { return impl_->damage_count(); }

}  // namespace vcisr::media
