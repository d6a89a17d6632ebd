// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/frame.h"

#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

constexpr std::int64_t kMaxEdge = 65535;
constexpr std::int64_t kAlignment = 64;
// Codecs and SIMD loops read a little beyond the last row.
constexpr std::int64_t kTail = 128;

std::int64_t align_up(std::int64_t value) {
  return (value + kAlignment - 1) / kAlignment * kAlignment;
}

void check_size(std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1 || width > kMaxEdge || height > kMaxEdge) {
    throw InputError("frame size " + std::to_string(width) + "x" + std::to_string(height) +
                     " is outside 1x1 to 65535x65535");
  }
}

}  // namespace

Frame::Frame(const PixelFormat& format, std::int64_t width, std::int64_t height)
    : format_(format), width_(width), height_(height) {
  check_size(width, height);
  std::array<std::int64_t, 3> offsets{};
  std::int64_t total = 0;
  for (int i = 0; i < format.plane_count(); ++i) {
    const int shift_x = i == 0 ? 0 : format.chroma_shift_x();
    const int shift_y = i == 0 ? 0 : format.chroma_shift_y();
    Plane& plane = planes_[static_cast<std::size_t>(i)];
    plane.width = (width + (1 << shift_x) - 1) >> shift_x;
    plane.height = (height + (1 << shift_y) - 1) >> shift_y;
    plane.stride_bytes = align_up(plane.width * format.bytes_per_sample());
    offsets[static_cast<std::size_t>(i)] = total;
    total += align_up(plane.stride_bytes * plane.height + kTail);
  }
  void* memory =
      std::aligned_alloc(static_cast<std::size_t>(kAlignment), static_cast<std::size_t>(total));
  if (memory == nullptr) throw std::bad_alloc();
  owner_ = std::shared_ptr<void>(memory, std::free);
  for (int i = 0; i < format.plane_count(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    planes_[index].data = static_cast<std::uint8_t*>(memory) + offsets[index];
  }
}

Frame::Frame(const PixelFormat& format, std::int64_t width, std::int64_t height,
             std::array<Plane, 3> planes, std::shared_ptr<void> owner)
    : format_(format), width_(width), height_(height), planes_(planes), owner_(std::move(owner)) {
  check_size(width, height);
}

}  // namespace vcisr::media
