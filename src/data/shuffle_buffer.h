// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "vcisr/core/rng.h"

namespace vcisr::data {

/// Hands items on in random order, chosen among the last `capacity` and what was left of those
/// before. Up to a capacity of 1 the order is kept.
template <class T>
class ShuffleBuffer {
 public:
  ShuffleBuffer(std::size_t capacity, const Rng& rng) : capacity_(capacity), rng_(rng) {}

  /// True when an item comes out for the one that goes in: `item` is that one then.
  [[nodiscard]] bool exchange(T& item) {
    if (capacity_ <= 1) return true;
    if (items_.size() < capacity_) {
      items_.push_back(std::move(item));
      return false;
    }
    std::swap(item, items_[choose()]);
    return true;
  }

  [[nodiscard]] bool is_empty() const { return items_.empty(); }

  /// One of those that are left. Not when empty.
  [[nodiscard]] T take() {
    std::swap(items_[choose()], items_.back());
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::size_t choose() {
    return static_cast<std::size_t>(
        rng_.uniform_int(0, static_cast<std::int64_t>(items_.size()) - 1));
  }

  std::size_t capacity_;
  Rng rng_;
  std::vector<T> items_;
};

}  // namespace vcisr::data
