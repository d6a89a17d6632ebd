// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "media/av_ptr.h"
#include "vcisr/core/file.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::media {

/// A container that is being written: a temporary file that gets its name at the end, or standard
/// output ("-").
///
/// Errors  OutputError with the final path and FFmpeg's text.
class OutputFile {
 public:
  OutputFile(std::string path, const AVOutputFormat& muxer, AtomicFile::Existing existing);

  [[nodiscard]] AVFormatContext& context() noexcept { return *context_; }
  /// `video_time_base` is the clock that the film's stream wants, `first_time` in it where its
  /// pictures begin.
  void write_header(const VideoEncoderOptions& options, AVRational video_time_base,
                    std::int64_t first_time, bool uses_metadata_keys);
  /// Takes the packet's reference. Times are in the stream's time base.
  void write(AVPacket& packet);
  void finish();

 private:
  [[noreturn]] void fail(const std::string& what, int code, const std::string& logged) const;

  std::string path_;
  std::optional<AtomicFile> file_;
  AvOutputPtr context_;
  bool has_header_ = false;
};

}  // namespace vcisr::media
