// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <c10/util/intrusive_ptr.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "vcisr/trainers/launcher.h"

namespace vcisr::trainers {

/// Where the processes of a training meet.
struct Rendezvous {
  c10::intrusive_ptr<c10d::Store> store;        ///< The backend's; rank 0's holds the server.
  c10::intrusive_ptr<c10d::Store> watch_store;  ///< A connection of its own for the watch.
};

/// Opens the meeting point (rank 0, unless the launcher did) or connects to it, and waits for all.
/// Errors  DeviceError if the port is taken, nobody is there, or ranks do not come in time;
///         ConfigError if this rank came twice.
[[nodiscard]] Rendezvous meet(const ProcessPlace& place, std::chrono::milliseconds timeout);

/// "rank 1 of 4", the beginning of messages.
[[nodiscard]] std::string describe_rank(int rank, int world);

/// "600 s", "1.5 s".
[[nodiscard]] std::string describe_time(std::chrono::milliseconds time);

/// A backend's message without source positions, back traces and line breaks.
[[nodiscard]] std::string plain_message(const std::exception& error);

}  // namespace vcisr::trainers
