// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "media/av_ptr.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// The packets of a film's video stream, and what is wrong with them: libavformat hides most damage
/// behind an early end of file.
class PacketReader {
 public:
  /// Errors  as open_source() and choose_video_stream().
  PacketReader(const std::string& path, const VideoDecoderOptions& options);

  enum class Status { kPacket, kDamaged, kEnd };
  /// kPacket fills `packet`; so does kDamaged where some bytes are usable (packet.size > 0), and
  /// damage() says what happened. After kEnd only kEnd follows.
  [[nodiscard]] Status read(AVPacket& packet);
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

  /// To a key frame at or before a time in the stream's time base; false if the format cannot.
  bool seek(std::int64_t timestamp);
  /// Opens the file again.
  void rewind();

  [[nodiscard]] AVFormatContext& input() noexcept { return *input_; }
  [[nodiscard]] AVStream& stream() noexcept { return *stream_; }

 private:
  void open();
  [[nodiscard]] Status at_end(int code, const std::string& logged);
  [[nodiscard]] Status damaged(std::string text);

  std::string path_;
  VideoDecoderOptions options_;
  AvInputPtr input_;
  AVStream* stream_ = nullptr;
  std::string damage_;
  std::int64_t last_dts_ = AV_NOPTS_VALUE;
  std::int64_t last_end_byte_ = -1;
  int errors_in_a_row_ = 0;
  bool is_ended_ = false;
};

}  // namespace vcisr::media
