// SPDX-License-Identifier: Apache-2.0
#include "media/frame_pool.h"

#include <array>
#include <mutex>
#include <utility>
#include <vector>

namespace vcisr::media {

struct FramePool::Free {
  std::mutex mutex;
  std::vector<Frame> frames;
};

FramePool::FramePool(const PixelFormat& format, std::int64_t width, std::int64_t height)
    : format_(format), width_(width), height_(height), free_(std::make_shared<Free>()) {}

Frame FramePool::get() {
  Frame memory;
  {
    const std::scoped_lock lock(free_->mutex);
    if (!free_->frames.empty()) {
      memory = std::move(free_->frames.back());
      free_->frames.pop_back();
    }
  }
  if (memory.owner() == nullptr) memory = Frame(format_, width_, height_);
  const std::array<Frame::Plane, 3> planes = {memory.plane(0), memory.plane(1), memory.plane(2)};
  // The lender holds the memory; its deleter hands it back instead of freeing it.
  auto* const lent = std::make_unique<Frame>(std::move(memory)).release();
  std::shared_ptr<void> owner(lent, [free = free_](Frame* frame) {
    const std::unique_ptr<Frame> holder(frame);
    const std::scoped_lock lock(free->mutex);
    free->frames.push_back(std::move(*holder));
  });
  return {format_, width_, height_, planes, std::move(owner)};
}

}  // namespace vcisr::media
