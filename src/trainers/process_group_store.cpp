// SPDX-License-Identifier: Apache-2.0
#include "trainers/process_group_store.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <c10/util/Exception.h>
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::trainers {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using StorePtr = c10::intrusive_ptr<c10d::Store>;

std::string address_of(const ProcessPlace& place) {
  return place.rendezvous_host + ":" + std::to_string(place.rendezvous_port);
}

constexpr int kFatal = 3;  // Of LibTorch's levels: info, warning, error, fatal.

enum class Role { kServer, kClient };

StorePtr open_store(const ProcessPlace& place, Role role, milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.rendezvous_port);
  options.isServer = role == Role::kServer;
  options.waitWorkers = false;  // We wait ourselves, to say who is missing.
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(place.rendezvous_host, options);
}

StorePtr open_first_store(const ProcessPlace& place, Role role, milliseconds timeout) {
  const std::string self = describe_rank(place.rank, place.world);
  try {
    return open_store(place, role, timeout);
  } catch (const std::exception& error) {
    if (role == Role::kServer) {
      throw DeviceError(self + " cannot listen at " + address_of(place) +
                        ", where the others are to find it (" + plain_message(error) +
                        "): another training may use that port, set MASTER_PORT to a free one");
    }
    throw DeviceError(self + " found nobody at " + address_of(place) + " within " +
                      describe_time(timeout) + ": start all " + std::to_string(place.world) +
                      " processes, and see that MASTER_ADDR and MASTER_PORT name rank 0's machine");
  }
}

std::string arrival_key(int rank) { return "arrived/" + std::to_string(rank); }

/// "rank 2", "ranks 2, 5 and 7 more".
std::string describe_ranks(const std::vector<int>& ranks) {
  constexpr std::size_t kMostNamed = 8;
  std::vector<std::string> words;
  for (const int rank : ranks) words.push_back(std::to_string(rank));
  const std::size_t more = words.size() > kMostNamed ? words.size() - kMostNamed : 0;
  words.resize(words.size() - more);
  return (ranks.size() == 1 ? "rank " : "ranks ") + join(words) +
         (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// LibTorch writes prose and back traces about its sockets to stderr, for what becomes one sentence
/// of ours. Whoever wants them sets TORCH_CPP_LOG_LEVEL.
void silence_torch_log() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = kFatal;
  });
}

/// Looks again and again: the store's own wait() is not told apart from a lost connection.
void wait_for_all(c10d::Store& store, const ProcessPlace& place, Clock::time_point deadline,
                  milliseconds timeout) {
  std::vector<int> missing;
  for (int rank = 0; rank < place.world; ++rank) missing.push_back(rank);
  auto pause = milliseconds(5);
  for (;;) {
    std::erase_if(missing, [&store](int rank) { return store.check({arrival_key(rank)}); });
    if (missing.empty()) return;
    if (Clock::now() >= deadline) break;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds(500));
  }
  throw DeviceError(describe_rank(place.rank, place.world) + " waited " + describe_time(timeout) +
                    " at " + address_of(place) + ", but " + describe_ranks(missing) +
                    " did not come");
}

}  // namespace

Rendezvous meet(const ProcessPlace& place, milliseconds timeout) {
  silence_torch_log();
  const auto deadline = Clock::now() + timeout;
  const Role role = place.rank == 0 && !place.is_rendezvous_hosted ? Role::kServer : Role::kClient;
  const StorePtr store = open_first_store(place, role, timeout);
  const std::string self = describe_rank(place.rank, place.world);
  try {
    if (store->add(arrival_key(place.rank), 1) > 1) {
      throw ConfigError(self + " was started twice: another process has the same rank at " +
                        address_of(place));
    }
    wait_for_all(*store, place, deadline, timeout);
    const StorePtr second = open_store(place, Role::kClient, timeout);
    return {c10::make_intrusive<c10d::PrefixStore>("backend", store),
            c10::make_intrusive<c10d::PrefixStore>("watch", second)};
  } catch (const c10::Error& error) {
    throw DeviceError(self + " lost the connection to " + address_of(place) +
                      " while the processes were starting (" + plain_message(error) + ")");
  }
}

std::string describe_rank(int rank, int world) {
  return "rank " + std::to_string(rank) + " of " + std::to_string(world);
}

std::string describe_time(milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

std::string plain_message(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->msg() : error.what();
  // Gloo begins with "[/path/file.cc:123] ", c10d ends with a back trace and hints on other lines.
  if (text.starts_with("[/")) {
    const std::size_t end = text.find("] ");
    if (end != text.npos) text.erase(0, end + 2);
  }
  text.resize(std::min(text.size(), text.find('\n')));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace vcisr::trainers
