// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include <c10/core/InferenceMode.h>

namespace vcisr::networks::grl {
namespace {

/// The last tensors made, by what they were made from.
class TensorCache {
 public:
  using Key = std::array<std::int64_t, 8>;

  template <class Make>
  torch::Tensor get(const Key& key, const torch::Device& device, const Make& make) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.key == key && entry.value.device() == device;
    });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
    } else {
      // Whoever comes first may be in inference mode, others may not.
      const c10::InferenceMode normal(false);
      entries_.push_front({key, make().to(device)});
      bytes_ += entries_.front().bytes();
      while (entries_.size() > 1 && (entries_.size() > kEntries || bytes_ > kBytes)) {
        bytes_ -= entries_.back().bytes();
        entries_.pop_back();
      }
    }
    return entries_.front().value;
  }

 private:
  static constexpr std::size_t kEntries = 64;
  static constexpr std::size_t kBytes = std::size_t{64} << 20;

  struct Entry {
    Key key;
    torch::Tensor value;

    [[nodiscard]] std::size_t bytes() const { return value.nbytes(); }
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // Most recently used first.
  std::size_t bytes_ = 0;
};

/// Never destroyed: when a program ends, the driver or allocator of the tensors may go before.
TensorCache& immortal_cache() { return *std::make_unique<TensorCache>().release(); }

/// 0, 1 or 2 along one axis, for the token at `position` before the roll.
std::uint8_t region(std::int64_t position, std::int64_t length, std::int64_t window,
                    std::int64_t shift) {
  if (shift == 0) return 2;
  const std::int64_t rolled = (position - shift + length) % length;
  if (rolled < length - window) return 0;
  return rolled < length - shift ? 1 : 2;
}

/// Value of an offset whose axis reaches to `positive`.
float spaced(std::int64_t offset, std::int64_t positive) {
  // A window of one token has the offset 0 only.
  const float scaled =
      positive == 0 ? 0.0f : 8.0f * static_cast<float>(offset) / static_cast<float>(positive);
  const float magnitude = std::log2(std::abs(scaled) + 1.0f) / 3.0f;
  return scaled < 0 ? -magnitude : magnitude;
}

std::vector<float> axis_values(std::int64_t window, std::int64_t factor) {
  const std::int64_t anchors = window / factor;
  const std::int64_t positive = (window - 1) - (window - anchors) / 2;
  const std::int64_t negative = -(anchors - 1) - (window - anchors) / 2;
  std::vector<float> values;
  for (std::int64_t offset = negative; offset <= positive; ++offset) {
    values.push_back(spaced(offset, positive));
  }
  return values;
}

}  // namespace

Tiling window_tiling(const GrlOptions& o, std::int64_t block) {
  const std::int64_t shift = block % 2 == 0 ? o.window_size / 2 : 0;
  return {{o.window_size, o.window_size}, {shift, shift}};
}

Tiling stripe_tiling(const GrlOptions& o, std::int64_t block, const TokenExtent& map) {
  const bool is_turned = block % 2 == 1;
  const bool is_shifted = o.stripe_shift && block % 4 >= 2;
  const std::array<std::int64_t, 2> lengths = {map.rows, map.columns};
  std::array<std::int64_t, 2> size{};
  std::array<std::int64_t, 2> shift{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::size_t option = is_turned ? 1 - axis : axis;
    const std::int64_t groups = o.stripe_groups[option];
    size[axis] = groups == 0 ? o.stripe_size[option] : lengths[axis] / groups;
    if (!is_shifted) continue;
    if (groups == 0) {
      shift[axis] = size[axis] / 2;
    } else {
      shift[axis] = groups == 1 ? 0 : lengths[axis] / (2 * groups);
    }
  }
  return {{size[0], size[1]}, {shift[0], shift[1]}};
}

torch::Tensor regions(const TokenExtent& map, const Tiling& tiling, const torch::Device& device) {
  static TensorCache& cache = immortal_cache();
  const TensorCache::Key key = {map.rows,           map.columns,
                                tiling.window.rows, tiling.window.columns,
                                tiling.shift.rows,  tiling.shift.columns};
  return cache.get(key, device, [&] {
    auto labels = torch::empty({map.rows, map.columns}, torch::kUInt8);
    auto* out = labels.data_ptr<std::uint8_t>();
    for (std::int64_t y = 0; y < map.rows; ++y) {
      const int row = 3 * region(y, map.rows, tiling.window.rows, tiling.shift.rows);
      for (std::int64_t x = 0; x < map.columns; ++x) {
        *out++ = static_cast<std::uint8_t>(
            row + region(x, map.columns, tiling.window.columns, tiling.shift.columns));
      }
    }
    return labels;
  });
}

torch::Tensor coordinate_table(const TokenExtent& window, std::int64_t factor,
                               const torch::Device& device) {
  static TensorCache& cache = immortal_cache();
  return cache.get({window.rows, window.columns, factor}, device, [&] {
    const auto rows = axis_values(window.rows, factor);
    const auto columns = axis_values(window.columns, factor);
    auto table =
        torch::empty({static_cast<std::int64_t>(rows.size() * columns.size()), 2}, torch::kFloat32);
    auto* out = table.data_ptr<float>();
    for (const float row : rows) {
      for (const float column : columns) {
        *out++ = row;
        *out++ = column;
      }
    }
    return table;
  });
}

}  // namespace vcisr::networks::grl
