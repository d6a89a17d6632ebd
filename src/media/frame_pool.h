// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "vcisr/media/frame.h"

namespace vcisr::media {

/// Frames whose memory is used again once nobody holds it: fresh memory costs a page fault per 4
/// KiB. All frames of one pool have one format and size.
///
/// Threads  frames may be let go on any thread.
class FramePool {
 public:
  FramePool(const PixelFormat& format, std::int64_t width, std::int64_t height);

  /// Contents undefined. May outlive the pool.
  [[nodiscard]] Frame get();

 private:
  struct Free;
  PixelFormat format_;
  std::int64_t width_;
  std::int64_t height_;
  std::shared_ptr<Free> free_;
};

}  // namespace vcisr::media
