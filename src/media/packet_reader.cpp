// SPDX-License-Identifier: Apache-2.0
#include "media/packet_reader.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "media/av_error.h"
#include "media/video_source.h"

namespace vcisr::media {
namespace {

// A demuxer that cannot go on repeats its error; nothing comes after so many.
constexpr int kMaxErrorsInARow = 100;

bool is_named(const AVFormatContext& input, std::string_view name) {
  return std::string_view(input.iformat->name).starts_with(name);
}

}  // namespace

PacketReader::PacketReader(const std::string& path, const VideoDecoderOptions& options)
    : path_(path), options_(options) {
  open();
}

void PacketReader::open() {
  input_ = open_source(path_, options_);
  stream_ = &choose_video_stream(*input_, path_);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (input_->streams[i] != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  last_dts_ = AV_NOPTS_VALUE;
  last_end_byte_ = -1;
  errors_in_a_row_ = 0;
  is_ended_ = false;
}

void PacketReader::rewind() { open(); }

bool PacketReader::seek(std::int64_t timestamp) {
  last_dts_ = AV_NOPTS_VALUE;
  last_end_byte_ = -1;
  is_ended_ = false;
  return avformat_seek_file(input_.get(), stream_->index, INT64_MIN, timestamp, timestamp, 0) >= 0;
}

PacketReader::Status PacketReader::damaged(std::string text) {
  damage_ = std::move(text);
  return Status::kDamaged;
}

PacketReader::Status PacketReader::read(AVPacket& packet) {
  av_packet_unref(&packet);
  if (is_ended_) return Status::kEnd;
  const LogCapture capture;
  for (;;) {
    const int code = av_read_frame(input_.get(), &packet);
    if (code == AVERROR(EAGAIN)) continue;
    if (code == AVERROR_EOF || ++errors_in_a_row_ > kMaxErrorsInARow) {
      return at_end(code, capture.errors());
    }
    if (code < 0) return damaged(av_error_text(code, capture));
    errors_in_a_row_ = 0;
    if (packet.stream_index == stream_->index) break;
    av_packet_unref(&packet);
  }
  if (packet.dts != AV_NOPTS_VALUE) last_dts_ = packet.dts;
  if (packet.pos >= 0) last_end_byte_ = packet.pos + packet.size;
  if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0) {
    return damaged("a packet is incomplete or damaged");
  }
  return Status::kPacket;
}

PacketReader::Status PacketReader::at_end(int code, const std::string& logged) {
  is_ended_ = true;
  if (code != AVERROR_EOF) return damaged(av_error_text(code));
  AVIOContext* const io = input_->pb;
  if (io != nullptr && io->error < 0 && io->error != AVERROR_EOF) {
    return damaged(av_error_text(io->error));
  }
  // The index stands in front of the data and lists more than came.
  if (is_named(*input_, "mov") && is_index_unfinished(*stream_, last_dts_)) {
    return damaged("the file ends early: its index lists more packets");
  }
  if (logged.find("prematurely") != std::string::npos) {
    return damaged("the file ends early: " + logged);
  }
  // This demuxer swallows the beginning of a last frame.
  if (is_named(*input_, "yuv4mpegpipe") && io != nullptr && last_end_byte_ >= 0 &&
      avio_tell(io) > last_end_byte_) {
    return damaged("the stream ends in the middle of a frame");
  }
  return Status::kEnd;
}

}  // namespace vcisr::media
