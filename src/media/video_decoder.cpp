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
constexpr std::int64_t kReorderFrames = 16;  // H.264 and H.265 hold no more
constexpr std::int64_t kLogLagFrames = 64;   // more than any decoder has threads

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
  [[nodiscard]] static bool is_marked(const AVFrame& frame);
  [[nodiscard]] bool check_decoded(const AVFrame& frame);
  void report_logged();

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
  std::int64_t log_deadline_ = -1;
  std::int64_t log_tolerance_end_ = 0;
  std::int64_t last_marked_ = -1;
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
    throw InputError(display_name(path_) + ": FFmpeg has no decoder for its codec " +
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
    throw InputError(display_name(path_) + ": the decoder " + decoder->name +
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
    throw InputError(display_name(path_) + ": " + error.what());
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
/// point at the wrong side of reordered frames, and some formats guess. The first try is a few
/// frames early, because H.264 decoders that begin at an open group lose frames of it.
AvFramePtr VideoDecoder::Impl::seek_to_start(std::int64_t start_us) {
  is_tolerant_ = true;
  const std::int64_t film_start = film_start_us(reader_.input());
  const AVRational rate = codec_->framerate.num > 0 ? codec_->framerate : AVRational{25, 1};
  AvFramePtr frame;
  std::int64_t back_us = av_rescale_q(kReorderFrames, av_inv_q(rate), kMicroseconds);
  for (bool is_first = true;; is_first = false, back_us *= 4) {
    const bool is_from_start = is_pipe(path_) || start_us - back_us <= film_start;
    if (is_from_start) {
      if (!is_pipe(path_) && !is_first) reader_.rewind();
    } else if (!reader_.seek(
                   av_rescale_q(start_us - back_us, kMicroseconds, reader_.stream().time_base))) {
      continue;
    }
    reset();
    frame = decode();
    while (frame && !is_from_start && is_marked(*frame)) frame = decode();
    if (is_from_start || (frame && time_us(*frame) <= start_us)) break;
  }
  while (frame && time_us(*frame) < start_us) frame = decode();
  is_tolerant_ = false;
  seen_codec_errors_ = codec_errors_.count();
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

bool VideoDecoder::Impl::is_marked(const AVFrame& frame) {
  return (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0;
}

/// Most decoders mark the frames that they had to conceal; some only log. Frame threads log before
/// the frame comes out, so a logged error waits for a marked frame before it counts by itself.
/// Returns whether this frame is known or thought to be damaged.
bool VideoDecoder::Impl::check_decoded(const AVFrame& frame) {
  const long logged = codec_errors_.count();
  const bool has_logged = std::exchange(seen_codec_errors_, logged) != logged;
  if (is_before_key_frame(frame)) return false;
  // References to what was cut off in front are missed for a while.
  const bool is_log_tolerated = frames_returned_ < log_tolerance_end_;
  if (is_marked(frame)) {
    log_deadline_ = -1;
    last_marked_ = frames_returned_;
    const std::string last = codec_errors_.last();
    damage("the decoder met errors" + (last.empty() ? "" : " (" + last + ")"));
    return true;
  }
  const bool is_explained = last_marked_ >= 0 && frames_returned_ - last_marked_ <= kLogLagFrames;
  if (has_logged && !is_explained && !is_log_tolerated && log_deadline_ < 0) {
    log_deadline_ = frames_returned_ + kLogLagFrames;
    return true;
  }
  if (log_deadline_ >= 0 && frames_returned_ >= log_deadline_) report_logged();
  return false;
}

void VideoDecoder::Impl::report_logged() {
  if (log_deadline_ < 0) return;
  const std::int64_t near = log_deadline_ - kLogLagFrames;
  log_deadline_ = -1;
  damage("the decoder met errors near frame " + std::to_string(near) + " (" + codec_errors_.last() +
         ")");
}

void VideoDecoder::Impl::damage(const std::string& text) {
  if (is_tolerant_) return;
  if (!options_.keep_going) {
    throw InputError(display_name(path_) + ": damaged at frame " +
                     std::to_string(frames_returned_) + ": " + text);
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
  if (!has_key_ && (packet_->flags & AV_PKT_FLAG_KEY) != 0) {
    has_key_ = true;
    key_pts_ = packet_->pts;
  } else if (!has_key_) {
    log_tolerance_end_ = frames_returned_ + kLogLagFrames;
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
  throw InputError(display_name(path_) + ": frame " + std::to_string(frames_returned_) +
                   " changes from " + size_text(width_, height_, format_) + " to " +
                   size_text(frame.width, frame.height, frame.format) + ", which is not supported");
}

std::optional<Frame> VideoDecoder::Impl::read() {
  AvFramePtr decoded = first_ ? std::move(first_) : decode();
  if (!decoded || time_us(*decoded) >= end_us_) {
    report_logged();
    return std::nullopt;
  }
  check_unchanged(*decoded);
  const bool follows_damage = std::exchange(is_next_damaged_, false);
  const bool is_damaged = check_decoded(*decoded) || follows_damage;
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
