// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "media/av_ptr.h"
#include "media/encoder_format.h"
#include "media/frame_pool.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::media {

/// What an encoder must know of the film it is going to see.
struct EncoderSetup {
  const AVCodec* encoder = nullptr;
  const AVOutputFormat* muxer = nullptr;
  EncoderFormat format;
  int width = 0;
  int height = 0;
  AVRational frame_rate = {25, 1};  ///< Nominal; above zero.
  AVRational sample_aspect_ratio = {0, 1};
  ColorTags tags;
  FieldOrder field_order = FieldOrder::kUnknown;  ///< Only where lines are still fields.
  /// For the bitstream, where the encoder can write them.
  std::optional<MasteringDisplay> mastering_display;
  std::optional<ContentLight> content_light;
};

/// An open encoder.
///
/// Time     It counts frames: time base 1 / frame_rate, so that rate control, GOP lengths and the
///          timing in the bitstream are those of a film of constant rate whatever the container's
///          clock is. PacketTimeline turns the numbers back into the film's own times.
/// Errors   ConfigError from the constructor for options; OutputError later.
class EncoderSession {
 public:
  EncoderSession(const EncoderSetup& setup, const VideoEncoderOptions& options);
  ~EncoderSession();
  EncoderSession(const EncoderSession&) = delete;
  EncoderSession& operator=(const EncoderSession&) = delete;

  /// Frame number `index`; keeps a reference to the frame's owner where it can.
  void send(const Frame& frame, std::int64_t index);
  /// No more frames.
  void drain();
  /// True if a packet was ready.
  [[nodiscard]] bool receive(AVPacket& packet);

  [[nodiscard]] const AVCodecContext& context() const noexcept { return *context_; }

 private:
  void set_parameters(const VideoEncoderOptions& options);
  void set_hdr();
  void open();
  [[nodiscard]] AvFramePtr wrap(const Frame& frame);
  [[nodiscard]] AvFramePtr repack(const AVFrame& frame);
  void send_raw(const AVFrame* frame);

  EncoderSetup setup_;
  AvCodecContextPtr context_;
  AvSwsPtr sws_;
  std::optional<FramePool> pool_;
  bool is_open_ = false;
  bool has_frames_ = false;
  bool is_drained_ = false;
};

}  // namespace vcisr::media
