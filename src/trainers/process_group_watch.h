// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <c10/util/intrusive_ptr.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace vcisr::trainers {

/// What a process says of itself in the store: "here 17 4" (beat, collectives begun), "left",
/// "failed <why>".
struct PeerState {
  enum class Kind { kHere, kLeft, kFailed };
  Kind kind = Kind::kHere;
  std::int64_t beat = 0;
  std::int64_t collectives = 0;
  std::string reason;

  [[nodiscard]] std::string text() const;
  /// Text that is none of ours is a peer that is here and shows no progress.
  [[nodiscard]] static PeerState parse(std::string_view text);
};

struct SharedStore {
  c10::intrusive_ptr<c10d::Store> store;  ///< A connection of the watch's own: its calls block.
  std::string keeper;                     ///< Who runs it: "rank 0", "the launcher".
};

/// Shows the others that this process lives, and sees which of them do, by a thread and a store
/// that all share. Backends do not: NCCL waits for a dead process for ever, Gloo names addresses.
///
/// Threads  all members from any thread.
class PresenceWatch {
 public:
  /// All processes construct theirs; returns when they have. Throws c10::Error if the store is gone
  /// or somebody does not come within its time-out.
  PresenceWatch(SharedStore store, int rank, int world, std::chrono::milliseconds silence_limit);
  /// Stops the thread; says nothing to the others.
  ~PresenceWatch();
  PresenceWatch(const PresenceWatch&) = delete;
  PresenceWatch& operator=(const PresenceWatch&) = delete;

  /// A collective begins; returns its number, from 1.
  std::int64_t begin_collective() { return ++collectives_; }

  /// Why nobody should be waited for any longer, if so: a process that is silent for too long, that
  /// failed, or that left that long ago; the store that is gone.
  [[nodiscard]] std::optional<std::string> trouble();

  /// After something failed: who is to blame, as far as can be told within a few seconds; "" if
  /// nobody. Processes that have not begun our latest collective count, if `late_ones` says so.
  enum class LateOnes { kForgiven, kBlamed };
  [[nodiscard]] std::string culprit(LateOnes late_ones);

  /// Says good-bye with this state; the thread repeats it no more. Never throws.
  void say(const PeerState& last_words) noexcept;

  /// Waits until no other process is left that may still need the store, at most `limit`.
  void wait_for_the_others(std::chrono::milliseconds limit);

 private:
  using Clock = std::chrono::steady_clock;
  struct Peer {
    PeerState state;
    Clock::time_point changed;
  };

  void run();
  void beat();
  [[nodiscard]] std::chrono::milliseconds silence(const Peer& peer) const;
  [[nodiscard]] std::string blame(std::chrono::milliseconds silence_limit,
                                  LateOnes late_ones) const;

  const c10::intrusive_ptr<c10d::Store> store_;
  const std::string store_keeper_;
  const int rank_;
  const std::chrono::milliseconds silence_limit_;
  const std::chrono::milliseconds period_;
  std::atomic<std::int64_t> collectives_{0};

  std::mutex store_mutex_;  // Held during the store's calls.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> keys_;
  std::vector<Peer> peers_;
  PeerState own_;
  Clock::time_point seen_;  // When the store answered last.
  std::optional<Clock::time_point> blind_since_;
  bool has_said_last_words_ = false;
  bool is_store_gone_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace vcisr::trainers
