// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "vcisr/media/pixel_format.h"

namespace vcisr::media {

/// One decoded picture of a film: planes and time. Copies share the samples.
///
/// Planes   `format.plane_count()` of them; rows are `stride_bytes` apart, samples side by side.
/// Time     `pts` and `duration` count the stream's time base; kNoPts when the file says nothing.
class Frame {
 public:
  static constexpr std::int64_t kNoPts = INT64_MIN;

  struct Plane {
    std::uint8_t* data = nullptr;
    std::int64_t stride_bytes = 0;
    std::int64_t width = 0;   ///< Samples.
    std::int64_t height = 0;  ///< Rows.
  };

  Frame() = default;
  /// New planes, rows 64-byte aligned, contents undefined. Chroma sizes are rounded up.
  /// Errors  InputError for sizes below 1 or above 65535.
  Frame(const PixelFormat& format, std::int64_t width, std::int64_t height);
  /// Planes that somebody else owns; `owner` keeps them alive.
  Frame(const PixelFormat& format, std::int64_t width, std::int64_t height,
        std::array<Plane, 3> planes, std::shared_ptr<void> owner);

  [[nodiscard]] const PixelFormat& format() const noexcept { return format_; }
  [[nodiscard]] std::int64_t width() const noexcept { return width_; }
  [[nodiscard]] std::int64_t height() const noexcept { return height_; }
  [[nodiscard]] const Plane& plane(int index) const {
    return planes_.at(static_cast<std::size_t>(index));
  }
  [[nodiscard]] const std::shared_ptr<void>& owner() const noexcept { return owner_; }

  std::int64_t pts = kNoPts;
  std::int64_t duration = 0;
  bool is_damaged = false;  ///< The decoder met errors in it.

 private:
  PixelFormat format_;
  std::int64_t width_ = 0;
  std::int64_t height_ = 0;
  std::array<Plane, 3> planes_{};
  std::shared_ptr<void> owner_;
};

}  // namespace vcisr::media
