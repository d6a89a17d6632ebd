// SPDX-License-Identifier: Apache-2.0
#include "media/output_file.h"

#include <utility>

#include "media/av_error.h"
#include "media/container_table.h"
#include "vcisr/core/error.h"

namespace vcisr::media {

OutputFile::OutputFile(std::string path, const AVOutputFormat& muxer, AtomicFile::Existing existing)
    : path_(std::move(path)) {
  std::string url = "pipe:1";
  if (path_ != "-") {
    file_.emplace(path_, existing);
    url = "file:" + file_->temporary_path().string();
  }
  AVFormatContext* context = nullptr;
  if (avformat_alloc_output_context2(&context, &muxer, nullptr, url.c_str()) < 0) {
    throw std::bad_alloc();
  }
  context_.reset(context);
  const ContainerKind kind = container_kind(muxer);
  if (kind == ContainerKind::kMatroska || kind == ContainerKind::kWebm) {
    // Without it they draw random identifiers: the same film gives the same bytes.
    context_->flags |= AVFMT_FLAG_BITEXACT;
  }
  // Streams that FFmpeg marks as experimental in a container are copied all the same.
  context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if ((muxer.flags & AVFMT_NOFILE) != 0) return;
  const LogCapture capture;
  const int code = avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (code < 0) fail("cannot be opened for writing", code, capture.errors());
}

void OutputFile::fail(const std::string& what, int code, const std::string& logged) const {
  throw OutputError((path_ == "-" ? std::string("standard output") : path_) + ": " + what + ": " +
                    av_error_text(code) + (logged.empty() ? "" : " (" + logged + ")"));
}

void OutputFile::write_header(const VideoEncoderOptions& options, AVRational video_time_base,
                              std::int64_t first_time, bool uses_metadata_keys) {
  AvDictionary dictionary;
  const ContainerKind kind = container_kind(*context_->oformat);
  if (kind == ContainerKind::kMp4 || kind == ContainerKind::kMov) {
    std::string flags;
    if (options.faststart && path_ != "-") flags += "+faststart";
    if (path_ == "-") flags += "+frag_keyframe+empty_moov";
    if (uses_metadata_keys) flags += "+use_metadata_tags";
    if (!flags.empty()) dictionary.set("movflags", flags.c_str());
    const std::string ticks = std::to_string(video_time_base.den);
    dictionary.set("video_track_timescale", ticks.c_str());
    // Start offsets count the container's clock, 1 ms by default.
    const AVRational milliseconds = {1, 1000};
    const bool is_exact = av_compare_ts(av_rescale_q(first_time, video_time_base, milliseconds),
                                        milliseconds, first_time, video_time_base) == 0;
    if (!is_exact) dictionary.set("movie_timescale", ticks.c_str());
  } else if (kind == ContainerKind::kMpegts) {
    // Else all times move by 1.4 s.
    dictionary.set("mpegts_copyts", "1");
    context_->max_delay = 0;
  }
  for (const auto& [name, value] : options.muxer_options) {
    const AVDictionaryEntry* const ours = av_dict_get(dictionary.get(), name.c_str(), nullptr, 0);
    const bool is_added = ours != nullptr && name == "movflags" && value.starts_with('+');
    dictionary.set(name.c_str(), (is_added ? ours->value + value : value).c_str());
  }
  const LogCapture capture;
  const int code = avformat_write_header(context_.get(), dictionary.address());
  if (code < 0) {
    const std::string logged = capture.errors();
    // Names were checked before; what remains are values.
    if (logged.find("Error setting option") != std::string::npos) {
      throw ConfigError(std::string("container ") + context_->oformat->name +
                        " refuses an option: " + logged);
    }
    fail("the header cannot be written", code, logged);
  }
  has_header_ = true;
}

void OutputFile::write(AVPacket& packet) {
  const LogCapture capture;
  const int code = av_interleaved_write_frame(context_.get(), &packet);
  if (code < 0) fail("writing failed", code, capture.errors());
  AVIOContext* const io = context_->pb;
  if (io != nullptr && io->error < 0) fail("writing failed", io->error, "");
}

void OutputFile::finish() {
  const LogCapture capture;
  int code = av_write_trailer(context_.get());
  if (code < 0) fail("the file cannot be completed", code, capture.errors());
  AVIOContext* const io = context_->pb;
  if (io != nullptr && io->error < 0) fail("the file cannot be completed", io->error, "");
  if ((context_->oformat->flags & AVFMT_NOFILE) == 0) {
    code = avio_closep(&context_->pb);
    if (code < 0) fail("the file cannot be completed", code, capture.errors());
  }
  if (file_) file_->commit();
}

}  // namespace vcisr::media
