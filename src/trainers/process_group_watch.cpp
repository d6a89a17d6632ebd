// SPDX-License-Identifier: Apache-2.0
#include "trainers/process_group_watch.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "vcisr/core/log.h"

namespace vcisr::trainers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPeriod{500};
/// A peer that missed so many beats is suspected when something has failed already.
constexpr int kMissedBeats = 5;

std::string key_of(int rank) { return "state/" + std::to_string(rank); }

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string name_of(std::size_t rank) { return "rank " + std::to_string(rank); }

}  // namespace

std::string PeerState::text() const {
  switch (kind) {
    case Kind::kLeft:
      return "left";
    case Kind::kFailed:
      return "failed " + reason;
    case Kind::kHere:
      break;
  }
  return "here " + std::to_string(beat) + " " + std::to_string(collectives);
}

PeerState PeerState::parse(std::string_view text) {
  PeerState state;
  if (text == "left") {
    state.kind = Kind::kLeft;
  } else if (text.starts_with("failed ")) {
    state.kind = Kind::kFailed;
    state.reason = text.substr(7);
  } else if (text.starts_with("here ")) {
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data() + 5, end, state.beat);
    if (problem == std::errc() && stop != end) std::from_chars(stop + 1, end, state.collectives);
  }
  return state;
}

PresenceWatch::PresenceWatch(SharedStore store, int rank, int world, milliseconds silence_limit)
    : store_(std::move(store.store)),
      store_keeper_(std::move(store.keeper)),
      rank_(rank),
      silence_limit_(silence_limit),
      period_(std::clamp(silence_limit / 10, milliseconds(20), kLongestPeriod)),
      peers_(static_cast<std::size_t>(world), Peer{{}, Clock::now()}),
      seen_(Clock::now()) {
  for (int other = 0; other < world; ++other) keys_.push_back(key_of(other));
  store_->set(key_of(rank_), bytes_of(own_.text()));
  store_->wait(keys_);
  thread_ = std::thread([this] { run(); });
}

PresenceWatch::~PresenceWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PresenceWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !is_store_gone_) {
    lock.unlock();
    try {
      beat();
      lock.lock();
    } catch (const std::exception& error) {
      log::debug(std::string("the rendezvous of the processes is gone: ") + error.what());
      lock.lock();
      is_store_gone_ = true;
      break;
    }
    wake_.wait_for(lock, period_, [this] { return stop_; });
  }
}

void PresenceWatch::beat() {
  const std::lock_guard store_lock(store_mutex_);
  std::string own;
  {
    const std::lock_guard lock(mutex_);
    ++own_.beat;
    own_.collectives = collectives_.load();
    if (!has_said_last_words_) own = own_.text();
  }
  if (!own.empty()) store_->set(key_of(rank_), bytes_of(own));
  const auto values = store_->multiGet(keys_);
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  // Time in which this process could not look (it was stopped, or swapped out) is nobody's silence.
  const auto pause = std::max(Clock::duration::zero(), now - seen_ - 4 * period_);
  seen_ = now;
  for (std::size_t i = 0; i < peers_.size() && i < values.size(); ++i) {
    Peer& peer = peers_[i];
    const PeerState state = PeerState::parse(std::string(values[i].begin(), values[i].end()));
    peer.changed += pause;
    if (state.text() == peer.state.text()) continue;
    peer = {state, now};
  }
}

milliseconds PresenceWatch::silence(const Peer& peer) const {
  // Up to when we looked last: our own blindness is not their silence.
  return std::chrono::duration_cast<milliseconds>(seen_ - peer.changed);
}

std::string PresenceWatch::blame(milliseconds silence_limit, LateOnes late_ones) const {
  std::string failed;
  std::string left;
  std::string late;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const Peer& peer = peers_[i];
    if (static_cast<int>(i) == rank_) continue;
    if (peer.state.kind == PeerState::Kind::kFailed && failed.empty()) {
      failed = name_of(i) + " gave up: " + peer.state.reason;
    } else if (peer.state.kind == PeerState::Kind::kLeft && left.empty()) {
      if (silence(peer) >= silence_limit) left = name_of(i) + " has left";
    } else if (peer.state.kind == PeerState::Kind::kHere) {
      // The root of all that follows.
      if (silence(peer) >= silence_limit) return name_of(i) + " does not answer any more";
      const bool is_late =
          late_ones == LateOnes::kBlamed && peer.state.collectives < collectives_.load();
      if (is_late && late.empty()) late = name_of(i) + " did not come to it";
    }
  }
  if (!failed.empty()) return failed;
  if (!left.empty()) return left;
  if (is_store_gone_) return store_keeper_ + " has ended";
  return late;
}

std::optional<std::string> PresenceWatch::trouble() {
  const std::lock_guard lock(mutex_);
  std::string text = blame(silence_limit_, LateOnes::kForgiven);
  if (!text.empty()) return text;
  const auto now = Clock::now();
  if (now - seen_ <= silence_limit_) {
    blind_since_.reset();
  } else if (!blind_since_) {
    // Perhaps it is this process that was stopped: the thread gets time to look again.
    blind_since_ = now;
  } else if (now - *blind_since_ > silence_limit_) {
    return store_keeper_ + " does not answer any more";
  }
  return std::nullopt;
}

std::string PresenceWatch::culprit(LateOnes late_ones) {
  // A process that died leaves silence only: give it time to become noticeable.
  const milliseconds suspicious = std::min(silence_limit_, kMissedBeats * period_);
  const auto deadline = Clock::now() + suspicious + 2 * period_;
  std::unique_lock lock(mutex_);
  for (;;) {
    std::string text = blame(suspicious, LateOnes::kForgiven);
    if (!text.empty()) return text;
    if (Clock::now() >= deadline) return blame(suspicious, late_ones);
    wake_.wait_for(lock, period_);
  }
}

void PresenceWatch::say(const PeerState& last_words) noexcept {
  try {
    const std::lock_guard store_lock(store_mutex_);
    {
      const std::lock_guard lock(mutex_);
      if (has_said_last_words_ || is_store_gone_) return;
      has_said_last_words_ = true;
    }
    store_->set(key_of(rank_), bytes_of(last_words.text()));
  } catch (const std::exception&) {
    // The store is gone: nobody is there to hear it.
  }
}

void PresenceWatch::wait_for_the_others(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  const milliseconds suspicious = std::min(silence_limit_, kMissedBeats * period_);
  const auto still_here = [this, suspicious] {
    const std::lock_guard lock(mutex_);
    if (is_store_gone_) return false;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      const bool is_other = static_cast<int>(i) != rank_;
      const bool is_here = peers_[i].state.kind == PeerState::Kind::kHere;
      if (is_other && is_here && silence(peers_[i]) < suspicious) return true;
    }
    return false;
  };
  while (still_here() && Clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(10));
    try {
      beat();  // Not at the thread's leisure: the program is about to end.
    } catch (const std::exception&) {
      return;
    }
  }
}

}  // namespace vcisr::trainers
