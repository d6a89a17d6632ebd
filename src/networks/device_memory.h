// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>

#include <torch/types.h>

namespace vcisr::networks {

/// Memory of the device that is free now.
[[nodiscard]] std::int64_t free_bytes(const torch::Device& device);

/// The part of it that a network may use; the rest is for frames in flight, codecs and other
/// programs.
[[nodiscard]] std::int64_t usable_bytes(std::int64_t free);

[[nodiscard]] bool is_out_of_memory(const std::exception& error);

}  // namespace vcisr::networks
