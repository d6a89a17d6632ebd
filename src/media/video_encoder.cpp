// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/video_encoder.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>

#include "media/av_error.h"
#include "media/container_table.h"
#include "media/encoder_format.h"
#include "media/encoder_options.h"
#include "media/encoder_session.h"
#include "media/output_color.h"
#include "media/output_file.h"
#include "media/packet_timeline.h"
#include "media/stream_copier.h"
#include "media/video_source.h"
#include "media/video_track.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::media {
namespace {

constexpr AVRational kMicroseconds = {1, AV_TIME_BASE};

std::string default_encoder(const AVOutputFormat& muxer, const PixelFormat& format) {
  switch (container_kind(muxer)) {
    case ContainerKind::kWebm:
      return "libvpx-vp9";
    case ContainerKind::kY4m:
      return "wrapped_avframe";
    case ContainerKind::kRaw:
      return "rawvideo";
    default:
      break;
  }
  const std::string usual = format.bit_depth > 8 ? "libx265" : "libx264";
  const std::vector<std::string> fitting = fitting_encoders(muxer);
  if (std::find(fitting.begin(), fitting.end(), usual) != fitting.end()) return usual;
  return fitting.empty() ? usual : fitting.front();
}

const AVCodec& find_encoder(const std::string& name, const AVOutputFormat& muxer) {
  const AVCodec* const encoder = avcodec_find_encoder_by_name(name.c_str());
  if (encoder == nullptr || encoder->type != AVMEDIA_TYPE_VIDEO) {
    std::vector<std::string> names;
    for (const EncoderInfo& known : video_encoders()) names.push_back(known.name);
    throw ConfigError("'" + name + "' is no video encoder of this FFmpeg" +
                      did_you_mean(name, names));
  }
  if (!holds_codec(muxer, AVMEDIA_TYPE_VIDEO, encoder->id)) {
    const std::vector<std::string> fitting = fitting_encoders(muxer);
    throw ConfigError(std::string("container ") + muxer.name + " cannot hold " +
                      avcodec_get_name(encoder->id) + " (encoder " + name + ")" +
                      (fitting.empty() ? "" : "; encoders that fit: " + join(fitting)));
  }
  return *encoder;
}

/// Raw films and picture sequences have nothing to copy; pipes cannot be read twice.
bool has_streams_to_copy(const VideoInfo& source, const VideoDecoderOptions& options) {
  std::error_code error;
  return !is_pipe(source.path) && options.demuxer != "rawvideo" &&
         std::filesystem::is_regular_file(source.path, error) && !source.container.empty();
}

}  // namespace

class VideoWriter::Impl {
 public:
  Impl(const std::string& path, const VideoInfo& source, const VideoDecoderOptions& source_options,
       const VideoOutputInfo& output, const VideoEncoderOptions& options,
       AtomicFile::Existing existing);

  void write(const Frame& frame);
  void finish();

  PixelFormat format_;
  ColorSpec color_;
  int quarter_turns_ = 0;
  std::string encoder_name_;
  std::vector<std::string> notes_;

 private:
  [[nodiscard]] EncoderSetup make_setup(const AVOutputFormat& muxer, const AVCodec& encoder,
                                        const VideoInfo& source, const VideoOutputInfo& output,
                                        const std::string& pixel_format);
  void add_streams(const VideoInfo& source, const EncoderSetup& setup);
  void check_frame(const Frame& frame) const;
  void move_packets();

  std::int64_t width_;
  std::int64_t height_;
  AVRational clock_ = {1, 25};  // what frames' times count
  std::int64_t shift_ = 0;      // in clock_, taken off all times
  std::int64_t last_pts_ = Frame::kNoPts;
  std::int64_t last_duration_ = 1;
  bool is_finished_ = false;

  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<StreamCopier> copier_;
  std::unique_ptr<EncoderSession> session_;
  PacketTimeline timeline_;
  AVStream* stream_ = nullptr;
  AvPacketPtr packet_ = make_av_packet();
  std::function<void(AVPacket&)> write_copied_;
};

VideoWriter::Impl::Impl(const std::string& path, const VideoInfo& source,
                        const VideoDecoderOptions& source_options, const VideoOutputInfo& output,
                        const VideoEncoderOptions& options, AtomicFile::Existing existing)
    : width_(output.width), height_(output.height) {
  const AVOutputFormat& muxer = find_muxer(path, output.container);
  check_muxer_options(muxer, options.muxer_options);
  const AVCodec& encoder = find_encoder(
      options.codec.empty() ? default_encoder(muxer, output.preferred_format) : options.codec,
      muxer);
  encoder_name_ = encoder.name;
  const EncoderSetup setup = make_setup(muxer, encoder, source, output, options.pixel_format);
  clock_ = film_clock(source, setup.frame_rate);

  file_ = std::make_unique<OutputFile>(path, muxer, existing);
  if (has_streams_to_copy(source, source_options) && !holds_only_video(muxer)) {
    copier_ = std::make_unique<StreamCopier>(source.path, source_options, options);
    shift_ = av_rescale_q(copier_->shift_us(), kMicroseconds, clock_);
  } else {
    if (source_options.start_s && *source_options.start_s > 0) {
      shift_ = av_rescale_q(
          source.film_start_us + static_cast<std::int64_t>(*source_options.start_s * AV_TIME_BASE),
          kMicroseconds, clock_);
    }
    if (source.other_stream_count > 0) {
      notes_.push_back(
          holds_only_video(muxer)
              ? std::string(muxer.name) + " holds pictures only; " +
                    std::to_string(source.other_stream_count) + " other streams are left out"
              : "only the pictures are read from a pipe; " +
                    std::to_string(source.other_stream_count) + " other streams are left out");
    }
  }
  session_ = std::make_unique<EncoderSession>(setup, options);
  add_streams(source, setup);
  const bool uses_keys = copier_ && needs_metadata_keys(file_->context(), notes_);
  const std::int64_t first_time = source.first_pts == Frame::kNoPts ? 0 : source.first_pts - shift_;
  file_->write_header(options, clock_, first_time, uses_keys);
  write_copied_ = [this](AVPacket& packet) { file_->write(packet); };
  if (copier_) copier_->write_cover_art(write_copied_);
}

EncoderSetup VideoWriter::Impl::make_setup(const AVOutputFormat& muxer, const AVCodec& encoder,
                                           const VideoInfo& source, const VideoOutputInfo& output,
                                           const std::string& pixel_format) {
  EncoderSetup setup;
  setup.muxer = &muxer;
  setup.encoder = &encoder;
  quarter_turns_ = needed_quarter_turns(muxer, source, notes_);
  if (quarter_turns_ % 2 == 1) std::swap(width_, height_);
  setup.format =
      choose_encoder_format(encoder, muxer, pixel_format, output.preferred_format, width_, height_);
  format_ = setup.format.ours;
  setup.width = static_cast<int>(width_);
  setup.height = static_cast<int>(height_);
  setup.frame_rate = nominal_frame_rate(source);
  const OutputColor color =
      choose_output_color(source, format_, setup.format.is_full_range_only, width_, height_);
  setup.tags = color.tags;
  color_ = color.spec;
  if (!color.note.empty()) notes_.push_back(color.note);
  if (format_ != output.preferred_format) {
    notes_.push_back("frames are written as " + name(format_) + ", not as " +
                     name(output.preferred_format) + ": encoder " + encoder.name +
                     (pixel_format.empty() ? " does not take them" : " was asked to"));
  }
  setup.sample_aspect_ratio = film_aspect(source, quarter_turns_);
  // Lines are still fields only where nothing was scaled or turned.
  const bool keeps_lines = output.height == source.height && quarter_turns_ == 0;
  setup.field_order =
      keeps_lines || !source.is_interlaced ? source.field_order : FieldOrder::kProgressive;
  setup.mastering_display = source.mastering_display;
  setup.content_light = source.content_light;
  return setup;
}

void VideoWriter::Impl::add_streams(const VideoInfo& source, const EncoderSetup& setup) {
  AVFormatContext& output = file_->context();
  const auto add_video = [this, &output, &source, &setup] {
    stream_ = &add_video_stream(output, session_->context(), source, setup, clock_,
                                copier_ ? &copier_->video() : nullptr);
  };
  if (!copier_) {
    add_video();
    return;
  }
  copier_->add_streams(output, add_video, notes_);
  copier_->copy_metadata(output, stream_);
}

void VideoWriter::Impl::check_frame(const Frame& frame) const {
  if (is_finished_) throw OutputError("a frame came after the end of the film");
  if (frame.format() != format_ || frame.width() != width_ || frame.height() != height_) {
    throw OutputError("a frame of " + std::to_string(frame.width()) + "x" +
                      std::to_string(frame.height()) + " " + name(frame.format()) + " came where " +
                      std::to_string(width_) + "x" + std::to_string(height_) + " " + name(format_) +
                      " was expected");
  }
  if (frame.pts != Frame::kNoPts && last_pts_ != Frame::kNoPts && frame.pts - shift_ <= last_pts_) {
    throw OutputError("frames must come in display order: time " + std::to_string(frame.pts) +
                      " is not behind the one before");
  }
}

void VideoWriter::Impl::write(const Frame& frame) {
  check_frame(frame);
  if (frame.pts != Frame::kNoPts) {
    last_pts_ = frame.pts - shift_;
  } else {
    last_pts_ = last_pts_ == Frame::kNoPts ? 0 : last_pts_ + last_duration_;
  }
  last_duration_ =
      frame.duration > 0
          ? frame.duration
          : std::max<std::int64_t>(1, av_rescale_q(1, session_->context().time_base, clock_));
  session_->send(frame, timeline_.add(last_pts_, frame.duration));
  move_packets();
}

void VideoWriter::Impl::move_packets() {
  while (session_->receive(*packet_)) {
    const std::int64_t dts = packet_->dts == AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    const PacketTimeline::Times times = timeline_.take(packet_->pts, dts);
    packet_->pts = times.pts;
    packet_->dts = times.dts;
    packet_->duration = times.duration;
    packet_->stream_index = stream_->index;
    if (copier_) copier_->copy_until(times.dts, clock_, write_copied_);
    av_packet_rescale_ts(packet_.get(), clock_, stream_->time_base);
    file_->write(*packet_);
  }
}

void VideoWriter::Impl::finish() {
  if (is_finished_) return;
  is_finished_ = true;
  session_->drain();
  move_packets();
  if (copier_) copier_->copy_rest(write_copied_);
  file_->finish();
}

VideoWriter::VideoWriter(const std::string& path, const VideoInfo& source,
                         const VideoDecoderOptions& source_options, const VideoOutputInfo& output,
                         const VideoEncoderOptions& options, AtomicFile::Existing existing)
    : impl_(std::make_unique<Impl>(path, source, source_options, output, options, existing)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

const PixelFormat& VideoWriter::format() const noexcept { return impl_->format_; }
const ColorSpec& VideoWriter::color() const noexcept { return impl_->color_; }
int VideoWriter::quarter_turns() const noexcept { return impl_->quarter_turns_; }
const std::string& VideoWriter::encoder_name() const noexcept { return impl_->encoder_name_; }
const std::vector<std::string>& VideoWriter::notes() const noexcept { return impl_->notes_; }
void VideoWriter::write(const Frame& frame) { impl_->write(frame); }
void VideoWriter::finish() { impl_->finish(); }

}  // namespace vcisr::media
