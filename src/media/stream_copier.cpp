// SPDX-License-Identifier: Apache-2.0
#include "media/stream_copier.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "media/av_error.h"
#include "media/container_table.h"
#include "media/stream_metadata.h"
#include "media/video_source.h"

namespace vcisr::media {
namespace {

constexpr AVRational kMicroseconds = {1, AV_TIME_BASE};
constexpr int kMaxErrorsInARow = 100;

bool is_picture_codec(AVCodecID codec) {
  return codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_BMP;
}

std::string stream_text(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const char* type = av_get_media_type_string(parameters.codec_type);
  const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0);
  return "stream #" + std::to_string(stream.index) + " (" +
         (is_cover_art(stream) ? "cover art"
          : type == nullptr    ? "unknown"
                               : type) +
         " " + avcodec_get_name(parameters.codec_id) +
         (language == nullptr ? "" : std::string(", ") + language->value) + ")";
}

const char* picture_name(AVCodecID codec) {
  return codec == AV_CODEC_ID_PNG   ? "cover.png"
         : codec == AV_CODEC_ID_BMP ? "cover.bmp"
                                    : "cover.jpg";
}

const char* picture_mime(AVCodecID codec) {
  return codec == AV_CODEC_ID_PNG   ? "image/png"
         : codec == AV_CODEC_ID_BMP ? "image/bmp"
                                    : "image/jpeg";
}

/// Matroska keeps pictures as attached files; its muxer would write a track.
void make_attachment(const AVStream& from, AVStream& to) {
  AVCodecParameters& parameters = *to.codecpar;
  const AVPacket& picture = from.attached_pic;
  parameters.codec_type = AVMEDIA_TYPE_ATTACHMENT;
  parameters.codec_id = from.codecpar->codec_id;
  parameters.extradata = static_cast<std::uint8_t*>(
      av_mallocz(static_cast<std::size_t>(picture.size) + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw std::bad_alloc();
  std::memcpy(parameters.extradata, picture.data, static_cast<std::size_t>(picture.size));
  parameters.extradata_size = picture.size;
  to.disposition = 0;
  const AVCodecID codec = from.codecpar->codec_id;
  if (av_dict_get(to.metadata, "filename", nullptr, 0) == nullptr) {
    av_dict_set(&to.metadata, "filename", picture_name(codec), 0);
  }
  if (av_dict_get(to.metadata, "mimetype", nullptr, 0) == nullptr) {
    av_dict_set(&to.metadata, "mimetype", picture_mime(codec), 0);
  }
}

/// Opus begins before its first time by the codec's delay. Matroska notes the delay down, and its
/// demuxer takes it off; the muxer does not add it, but would move the whole film instead.
std::int64_t codec_delay(const AVStream& stream, const AVOutputFormat& muxer) {
  const ContainerKind kind = container_kind(muxer);
  if (kind != ContainerKind::kMatroska && kind != ContainerKind::kWebm) return 0;
  const AVCodecParameters& parameters = *stream.codecpar;
  if (parameters.initial_padding <= 0 || parameters.sample_rate <= 0) return 0;
  return av_rescale_q(parameters.initial_padding, {1, parameters.sample_rate}, stream.time_base);
}

AVStream& new_stream(AVFormatContext& output) {
  AVStream* const stream = avformat_new_stream(&output, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  return *stream;
}

}  // namespace

StreamCopier::StreamCopier(const std::string& path, const VideoDecoderOptions& options,
                           const VideoEncoderOptions& choice)
    : path_(path), options_(options), choice_(choice), input_(open_source(path, options)) {
  video_ = &choose_video_stream(*input_, path_);
  const std::int64_t film_start = film_start_us(*input_);
  if (options.start_s && *options.start_s > 0) {
    start_us_ = film_start + std::llround(*options.start_s * AV_TIME_BASE);
    shift_us_ = start_us_;
    // A little early: the nearest key frame's neighbours may begin sooner.
    const std::int64_t wanted = std::max(film_start, start_us_ - AV_TIME_BASE);
    avformat_seek_file(input_.get(), -1, INT64_MIN, wanted, wanted, 0);
  }
  if (options.end_s) end_us_ = film_start + std::llround(*options.end_s * AV_TIME_BASE);
}

bool StreamCopier::is_wanted(const AVStream& stream) const {
  if (is_cover_art(stream)) return choice_.copy_attachments;
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_AUDIO:
      return choice_.copy_audio;
    case AVMEDIA_TYPE_SUBTITLE:
      return choice_.copy_subtitles;
    case AVMEDIA_TYPE_ATTACHMENT:
      return choice_.copy_attachments;
    default:
      return true;
  }
}

/// "" if the container takes the stream.
std::string StreamCopier::reason_to_leave_out(const AVStream& stream,
                                              const AVOutputFormat& muxer) const {
  const AVCodecParameters& parameters = *stream.codecpar;
  const ContainerKind kind = container_kind(muxer);
  const std::string cannot = std::string(muxer.name) + " cannot hold it";
  if (holds_only_video(muxer)) return cannot;
  if (is_cover_art(stream)) {
    const bool is_held = (kind == ContainerKind::kMp4 && is_picture_codec(parameters.codec_id)) ||
                         kind == ContainerKind::kMatroska;
    if ((stream.disposition & AV_DISPOSITION_TIMED_THUMBNAILS) != 0) return "it is a thumbnail";
    return is_held && stream.attached_pic.size > 0 ? "" : cannot;
  }
  switch (parameters.codec_type) {
    case AVMEDIA_TYPE_VIDEO:
    case AVMEDIA_TYPE_AUDIO:
    case AVMEDIA_TYPE_SUBTITLE:
      return holds_codec(muxer, parameters.codec_type, parameters.codec_id) ? "" : cannot;
    case AVMEDIA_TYPE_ATTACHMENT:
      return kind == ContainerKind::kMatroska ? "" : cannot;
    case AVMEDIA_TYPE_DATA:
      if (kind == ContainerKind::kMpegts &&
          holds_codec(muxer, parameters.codec_type, parameters.codec_id)) {
        return "";
      }
      return input_->nb_chapters > 0 && parameters.codec_id == AV_CODEC_ID_BIN_DATA
                 ? "chapters are written as such"
                 : cannot;
    default:
      return cannot;
  }
}

void StreamCopier::add_streams(AVFormatContext& output, const std::function<void()>& add_video,
                               std::vector<std::string>& notes) {
  tracks_.resize(input_->nb_streams);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream& stream = *input_->streams[i];
    Track& track = tracks_[i];
    track.from = &stream;
    stream.discard = AVDISCARD_ALL;
    if (&stream == video_) {
      add_video();
      continue;
    }
    if (!is_wanted(stream)) continue;
    const std::string reason = reason_to_leave_out(stream, *output.oformat);
    if (!reason.empty()) {
      notes.push_back(stream_text(stream) + " is left out: " + reason);
      continue;
    }
    track.to = add_stream(output, stream);
    track.delay = codec_delay(stream, *output.oformat);
    const bool has_packets =
        !is_cover_art(stream) && stream.codecpar->codec_type != AVMEDIA_TYPE_ATTACHMENT;
    if (has_packets) stream.discard = AVDISCARD_DEFAULT;
    track.is_done = !has_packets;
  }
}

AVStream* StreamCopier::add_stream(AVFormatContext& output, const AVStream& from) const {
  AVStream& to = new_stream(output);
  const bool is_cut_here = is_cut() || end_us_ < INT64_MAX;
  if (choice_.copy_metadata || from.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT) {
    copy_tags(from.metadata, &to.metadata, is_cut_here ? TagUse::kChanged : TagUse::kCopied);
  }
  if (is_cover_art(from) && container_kind(*output.oformat) == ContainerKind::kMatroska) {
    make_attachment(from, to);
    return &to;
  }
  if (avcodec_parameters_copy(to.codecpar, from.codecpar) < 0) throw std::bad_alloc();
  to.codecpar->codec_tag = keep_codec_tag(*output.oformat, *from.codecpar);
  copy_stream_side_data(from, to);
  // Sizes that demuxers of avi and wav note down, and that make its muxer count bytes.
  const bool is_mp3 = to.codecpar->codec_id == AV_CODEC_ID_MP3;
  const int align = to.codecpar->block_align;
  if ((is_mp3 && (align == 1 || align == 576 || align == 1152)) ||
      to.codecpar->codec_id == AV_CODEC_ID_AC3) {
    to.codecpar->block_align = 0;
  }
  to.time_base = from.time_base;
  to.avg_frame_rate = from.avg_frame_rate;
  to.r_frame_rate = from.r_frame_rate;
  to.sample_aspect_ratio = from.sample_aspect_ratio;
  to.disposition = from.disposition;
  if (container_kind(*output.oformat) == ContainerKind::kMpegts &&
      std::string_view(input_->iformat->name) == "mpegts") {
    to.id = from.id;
  }
  return &to;
}

void StreamCopier::copy_metadata(AVFormatContext& output, AVStream* video) const {
  if (choice_.copy_metadata) {
    copy_tags(input_->metadata, &output.metadata, TagUse::kContainer);
    copy_tags(video_->metadata, &video->metadata, TagUse::kChanged);
  }
  video->disposition = video_->disposition;
  const ContainerKind kind = container_kind(*output.oformat);
  if (kind == ContainerKind::kMpegts && std::string_view(input_->iformat->name) == "mpegts") {
    video->id = video_->id;
  }
  if (choice_.copy_chapters) copy_chapters(output);
}

void StreamCopier::copy_chapters(AVFormatContext& output) const {
  const unsigned count = input_->nb_chapters;
  if (count == 0) return;
  output.chapters = static_cast<AVChapter**>(av_calloc(count, sizeof(AVChapter*)));
  if (output.chapters == nullptr) throw std::bad_alloc();
  for (unsigned i = 0; i < count; ++i) {
    const AVChapter& from = *input_->chapters[i];
    const std::int64_t start = is_cut() ? start_us_ : INT64_MIN;
    if (av_rescale_q(from.end, from.time_base, kMicroseconds) <= start) continue;
    if (av_rescale_q(from.start, from.time_base, kMicroseconds) >= end_us_) continue;
    auto* const to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (to == nullptr) throw std::bad_alloc();
    output.chapters[output.nb_chapters++] = to;
    to->id = from.id;
    to->time_base = from.time_base;
    const std::int64_t shift = av_rescale_q(shift_us_, kMicroseconds, from.time_base);
    to->start = from.start - shift;
    to->end = from.end - shift;
    if (is_cut()) to->start = std::max<std::int64_t>(to->start, 0);
    if (end_us_ < INT64_MAX) {
      to->end = std::min(to->end, av_rescale_q(end_us_ - shift_us_, kMicroseconds, from.time_base));
    }
    copy_tags(from.metadata, &to->metadata, TagUse::kCopied);
  }
}

void StreamCopier::write_cover_art(const std::function<void(AVPacket&)>& write) {
  for (const Track& track : tracks_) {
    if (track.to == nullptr || !is_cover_art(*track.from)) continue;
    if (track.to->codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT) continue;
    const AvPacketPtr picture = make_av_packet();
    if (av_packet_ref(picture.get(), &track.from->attached_pic) < 0) throw std::bad_alloc();
    picture->stream_index = track.to->index;
    picture->pts = 0;
    picture->dts = 0;
    write(*picture);
  }
}

/// Reads until a packet that belongs to the output waits in packet_; false at the end.
bool StreamCopier::next() {
  while (!has_packet_ && !is_ended_) {
    const bool is_finished = std::all_of(tracks_.begin(), tracks_.end(), [](const Track& track) {
      return track.to == nullptr || track.is_done;
    });
    if (is_finished) {
      is_ended_ = true;
      break;
    }
    const int code = av_read_frame(input_.get(), packet_.get());
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      is_ended_ = code == AVERROR_EOF || ++errors_in_a_row_ > kMaxErrorsInARow;
      if (is_ended_) check_complete();
      continue;
    }
    errors_in_a_row_ = 0;
    const auto index = static_cast<std::size_t>(packet_->stream_index);
    // Streams that appear midway have no place in the output.
    has_packet_ = index < tracks_.size() && tracks_[index].to != nullptr &&
                  !tracks_[index].is_done && place(*packet_, tracks_[index]);
    if (!has_packet_) av_packet_unref(packet_.get());
  }
  return has_packet_;
}

/// An index in front lists packets that a file which was cut does not have.
void StreamCopier::check_complete() {
  if (options_.keep_going || !std::string_view(input_->iformat->name).starts_with("mov")) return;
  for (const Track& track : tracks_) {
    if (track.to == nullptr || track.is_done) continue;
    if (is_index_unfinished(*track.from, track.last_source_dts)) {
      throw InputError(path_ + ": " + stream_text(*track.from) +
                       " ends early: the index lists more packets than the file has");
    }
  }
}

/// False for packets outside the cut; else their times are shifted, still in the source's base.
bool StreamCopier::place(AVPacket& packet, Track& track) const {
  if (packet.dts != AV_NOPTS_VALUE) track.last_source_dts = packet.dts;
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time != AV_NOPTS_VALUE) {
    const std::int64_t us = av_rescale_q(time, track.from->time_base, kMicroseconds);
    if (is_cut() && us < start_us_) return false;
    if (us >= end_us_) {
      track.is_done = true;
      return false;
    }
    const bool is_text = track.from->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
    if (is_text && end_us_ < INT64_MAX && packet.duration > 0) {
      const std::int64_t left = av_rescale_q(end_us_, kMicroseconds, track.from->time_base) - time;
      packet.duration = std::min(packet.duration, left);
    }
  }
  const std::int64_t shift =
      av_rescale_q(shift_us_, kMicroseconds, track.from->time_base) - track.delay;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts -= shift;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts -= shift;
  return true;
}

void StreamCopier::hand_over(const std::function<void(AVPacket&)>& write) {
  Track& track = tracks_[static_cast<std::size_t>(packet_->stream_index)];
  av_packet_rescale_ts(packet_.get(), track.from->time_base, track.to->time_base);
  // Broken clocks: muxers refuse packets that do not go forward.
  if (packet_->dts != AV_NOPTS_VALUE) {
    if (track.last_dts != AV_NOPTS_VALUE && packet_->dts < track.last_dts) {
      packet_->dts = track.last_dts + 1;
      if (packet_->pts != AV_NOPTS_VALUE) packet_->pts = std::max(packet_->pts, packet_->dts);
    }
    track.last_dts = packet_->dts;
  }
  packet_->stream_index = track.to->index;
  packet_->pos = -1;
  has_packet_ = false;
  write(*packet_);
  av_packet_unref(packet_.get());
}

void StreamCopier::copy_until(std::int64_t dts, AVRational time_base,
                              const std::function<void(AVPacket&)>& write) {
  while (next()) {
    const AVRational base =
        tracks_[static_cast<std::size_t>(packet_->stream_index)].from->time_base;
    if (packet_->dts != AV_NOPTS_VALUE && av_compare_ts(packet_->dts, base, dts, time_base) > 0) {
      return;
    }
    hand_over(write);
  }
}

void StreamCopier::copy_rest(const std::function<void(AVPacket&)>& write) {
  while (next()) hand_over(write);
}

}  // namespace vcisr::media
