// SPDX-License-Identifier: Apache-2.0
// The two backends, each in a file of its own, because each needs another library's headers.
#pragma once

#include <chrono>
#include <string>

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace vcisr::trainers {

struct BackendRequest {
  c10::intrusive_ptr<c10d::Store> store;
  int rank;
  int world;
  std::chrono::milliseconds timeout;
  c10::Device device;
  bool is_one_machine;  ///< All processes meet on the loopback address.
};

[[nodiscard]] bool has_gloo() noexcept;
[[nodiscard]] bool has_nccl() noexcept;

/// Errors  ConfigError if this build lacks it; c10::Error and std::exception from the backend.
[[nodiscard]] c10::intrusive_ptr<c10d::Backend> make_gloo_backend(const BackendRequest& request);
[[nodiscard]] c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendRequest& request);

}  // namespace vcisr::trainers
