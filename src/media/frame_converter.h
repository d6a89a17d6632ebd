// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "media/av_pixel_format.h"
#include "media/av_ptr.h"
#include "media/frame_pool.h"
#include "vcisr/media/frame.h"

namespace vcisr::media {

/// FFmpeg's decoded frames as ours: planes in place where they are ours already, else unpacked
/// without loss. Time is left to the caller.
///
/// Errors   InputError for formats that cannot be converted.
/// Threads  one object, one thread at a time.
class FrameConverter {
 public:
  /// All frames have this format and size.
  FrameConverter(AVPixelFormat source, int width, int height);

  [[nodiscard]] const PixelFormat& format() const noexcept { return format_; }
  [[nodiscard]] Frame convert(AvFramePtr frame);

 private:
  [[nodiscard]] bool needs_swscale() const;
  void unpack(const AVFrame& source, Frame& target);
  void unpack_plane(const AVFrame& source, int component, const Frame::Plane& target);
  static void unpack_palette(const AVFrame& source, int component, const Frame::Plane& target);
  void scale(const AVFrame& source, Frame& target);

  AVPixelFormat source_;
  int width_;
  int height_;
  PixelFormat format_;
  bool is_in_place_ = false;
  std::optional<FramePool> pool_;
  AvSwsPtr sws_;
  std::vector<std::uint16_t> line_;
};

/// A context that repacks samples and changes neither size, matrix nor range.
[[nodiscard]] AvSwsPtr make_repacking_sws(AVPixelFormat from, AVPixelFormat to, int width,
                                          int height);

}  // namespace vcisr::media
