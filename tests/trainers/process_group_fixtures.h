// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vcisr/core/error.h"
#include "vcisr/trainers/process_group.h"

namespace vcisr::trainers {

/// A TCP port of the loopback address that nobody uses right now.
inline int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool is_bound = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

inline ProcessPlace place_of(int rank, int world, int port) {
  ProcessPlace place;
  place.rank = rank;
  place.world = world;
  place.rendezvous_port = port;
  return place;
}

/// Limits that a busy machine keeps, and a failing test does not wait for long.
inline ProcessGroupOptions patient() {
  ProcessGroupOptions options;
  options.backend = CollectiveBackend::kGloo;
  options.timeout = std::chrono::seconds(60);
  options.silence_limit = std::chrono::seconds(5);
  return options;
}

/// Plays `role` once per rank, each in a thread of its own with a group of its own, as processes
/// would. Returns what they threw, "" where nothing.
inline std::vector<std::string> play(int world, const ProcessGroupOptions& options,
                                     const std::function<void(ProcessGroup&)>& role) {
  const int port = free_port();
  std::vector<std::string> errors(static_cast<std::size_t>(world));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < world; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const auto group = connect_process_group(place_of(rank, world, port), options);
        role(*group);
      } catch (const std::exception& error) {
        errors[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return errors;
}

}  // namespace vcisr::trainers
