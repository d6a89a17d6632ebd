// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <torch/types.h>

namespace vcisr::data {

/// The samples of a pair shard.
struct ShardSamples {
  torch::Tensor lq;  ///< uint8 [N, 3, h, w].
  torch::Tensor hq;  ///< uint8 [N, 3, H, W].
};

/// Shards one after another, each loaded ahead by a thread and dropped when it was used as often as
/// was said beforehand.
///
/// Memory   Two shards.
/// Threads  any number for use(), as long as uses of a shard do not wait for uses of a later one.
class ShardWindow {
 public:
  using Load = std::function<ShardSamples(std::size_t place)>;

  /// `uses` of each shard, by place; those with none are not loaded.
  ShardWindow(std::vector<std::int64_t> uses, Load load);
  ~ShardWindow();  ///< cancel(), and waits for what is being loaded.
  ShardWindow(const ShardWindow&) = delete;
  ShardWindow& operator=(const ShardWindow&) = delete;

  /// Waits for the shard, and calls body with it. What body keeps must be memory of its own.
  /// Errors  what loading it, or one before it, threw; Interrupted after cancel().
  void use(std::size_t place, const std::function<void(const ShardSamples&)>& body);
  void cancel();

 private:
  static constexpr int kMostLoaded = 2;

  void load_all();
  void release(std::size_t place);

  Load load_;
  std::mutex mutex_;  // Of the rest.
  std::condition_variable changed_;
  std::vector<std::int64_t> uses_;  // To come.
  std::vector<std::shared_ptr<const ShardSamples>> shards_;
  int loaded_ = 0;  // Or being loaded.
  std::exception_ptr error_;
  std::size_t failed_place_ = 0;
  bool is_cancelled_ = false;
  std::thread loader_;  // Last: it uses the rest.
};

}  // namespace vcisr::data
