// SPDX-License-Identifier: Apache-2.0
#include "trainers/process_group_watch.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

namespace vcisr::trainers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSilence{1500};

/// Two watches of one store, as two processes have them.
struct Pair {
  Pair() {
    const auto store = c10::make_intrusive<c10d::HashStore>();
    std::thread other([this, &store] {
      second = std::make_unique<PresenceWatch>(SharedStore{store, "rank 0"}, 1, 2, kSilence);
    });
    first = std::make_unique<PresenceWatch>(SharedStore{store, "rank 0"}, 0, 2, kSilence);
    other.join();
  }
  std::unique_ptr<PresenceWatch> first;
  std::unique_ptr<PresenceWatch> second;
};

/// Asks until there is an answer, at most 30 s.
std::string first_trouble(PresenceWatch& watch) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < limit) {
    if (auto trouble = watch.trouble()) return *trouble;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return "";
}

TEST(PeerState, IsReadBackFromItsText) {
  PeerState state;
  state.beat = 17;
  state.collectives = 4;
  EXPECT_EQ(state.text(), "here 17 4");
  EXPECT_EQ(PeerState::parse(state.text()).beat, 17);
  EXPECT_EQ(PeerState::parse(state.text()).collectives, 4);
  state.kind = PeerState::Kind::kFailed;
  state.reason = "the disk is full";
  EXPECT_EQ(PeerState::parse(state.text()).kind, PeerState::Kind::kFailed);
  EXPECT_EQ(PeerState::parse(state.text()).reason, "the disk is full");
  EXPECT_EQ(PeerState::parse("left").kind, PeerState::Kind::kLeft);
  EXPECT_EQ(PeerState::parse("here x").beat, 0);
  EXPECT_EQ(PeerState::parse("").kind, PeerState::Kind::kHere);
}

TEST(PresenceWatch, SeesNoTroubleWhileAllAreThere) {
  Pair pair;
  std::this_thread::sleep_for(kSilence);
  EXPECT_EQ(pair.first->trouble(), std::nullopt);
  EXPECT_EQ(pair.second->trouble(), std::nullopt);
  EXPECT_EQ(pair.first->culprit(PresenceWatch::LateOnes::kBlamed), "");
}

TEST(PresenceWatch, NoticesSilence) {
  Pair pair;
  pair.second.reset();
  EXPECT_EQ(first_trouble(*pair.first), "rank 1 does not answer any more");
}

TEST(PresenceWatch, HearsLastWords) {
  Pair pair;
  pair.second->say({.kind = PeerState::Kind::kFailed, .reason = "no space"});
  pair.second->say({.kind = PeerState::Kind::kLeft});  // Said once only.
  EXPECT_EQ(first_trouble(*pair.first), "rank 1 gave up: no space");
}

TEST(PresenceWatch, WaitsAWhileForOneThatLeft) {
  Pair pair;
  pair.second->say({.kind = PeerState::Kind::kLeft});
  // It may have done its part before it went.
  EXPECT_EQ(pair.first->trouble(), std::nullopt);
  EXPECT_EQ(first_trouble(*pair.first), "rank 1 has left");
  pair.first->wait_for_the_others(std::chrono::seconds(30));
}

TEST(PresenceWatch, BlamesTheLateOnlyWhenAsked) {
  Pair pair;
  EXPECT_EQ(pair.first->begin_collective(), 1);
  EXPECT_EQ(pair.first->culprit(PresenceWatch::LateOnes::kForgiven), "");
  EXPECT_EQ(pair.first->culprit(PresenceWatch::LateOnes::kBlamed), "rank 1 did not come to it");
  (void)pair.second->begin_collective();
  std::this_thread::sleep_for(kSilence / 2);
  EXPECT_EQ(pair.first->culprit(PresenceWatch::LateOnes::kBlamed), "");
}

}  // namespace
}  // namespace vcisr::trainers
