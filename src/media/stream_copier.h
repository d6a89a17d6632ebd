// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "media/av_ptr.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::media {

/// The streams of a film beside its pictures, carried bit-exactly from the source file into an
/// output, by a demuxer of its own that keeps step with the pictures.
///
/// Memory   flat in the film's length.
/// Errors   InputError when the source cannot be read any more.
class StreamCopier {
 public:
  /// Opens the source. Nothing is copied yet.
  StreamCopier(const std::string& path, const VideoDecoderOptions& options,
               const VideoEncoderOptions& choice);

  /// Makes output streams in the source's order; `add_video` is called at the film's own place.
  /// What the container cannot hold is left out with a line in `notes`.
  void add_streams(AVFormatContext& output, const std::function<void()>& add_video,
                   std::vector<std::string>& notes);

  /// Metadata of container and film, chapters; before the header is written.
  void copy_metadata(AVFormatContext& output, AVStream* video) const;

  /// What is subtracted from all times, in microseconds: not zero when the film is cut at its
  /// start.
  [[nodiscard]] std::int64_t shift_us() const noexcept { return shift_us_; }
  [[nodiscard]] const AVStream& video() const noexcept { return *video_; }

  /// Hands over pictures (cover art), once, behind the header.
  void write_cover_art(const std::function<void(AVPacket&)>& write);
  /// Hands over all packets up to this time; the packets' times are in their output stream's base.
  void copy_until(std::int64_t dts, AVRational time_base,
                  const std::function<void(AVPacket&)>& write);
  void copy_rest(const std::function<void(AVPacket&)>& write);

 private:
  struct Track {
    AVStream* from = nullptr;
    AVStream* to = nullptr;
    std::int64_t last_source_dts = AV_NOPTS_VALUE;
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::int64_t delay = 0;  // in the source's base, added
    bool is_done = false;
  };
  [[nodiscard]] std::string reason_to_leave_out(const AVStream& stream,
                                                const AVOutputFormat& muxer) const;
  [[nodiscard]] bool is_wanted(const AVStream& stream) const;
  [[nodiscard]] bool is_cut() const noexcept { return start_us_ > INT64_MIN; }
  AVStream* add_stream(AVFormatContext& output, const AVStream& from) const;
  void copy_chapters(AVFormatContext& output) const;
  [[nodiscard]] bool next();
  [[nodiscard]] bool place(AVPacket& packet, Track& track) const;
  void hand_over(const std::function<void(AVPacket&)>& write);
  void check_complete();

  std::string path_;
  VideoDecoderOptions options_;
  VideoEncoderOptions choice_;
  AvInputPtr input_;
  AVStream* video_ = nullptr;
  std::vector<Track> tracks_;  // by source index; `to` is null for what is left out
  AvPacketPtr packet_ = make_av_packet();
  bool has_packet_ = false;
  bool is_ended_ = false;
  int errors_in_a_row_ = 0;
  std::int64_t start_us_ = INT64_MIN;
  std::int64_t end_us_ = INT64_MAX;
  std::int64_t shift_us_ = 0;
};

}  // namespace vcisr::media
