// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <c10/util/ThreadLocalDebugInfo.h>

namespace vcisr::networks {

/// While one lives, tensors that this thread makes on the CPU may take so many bytes together; the
/// one beyond throws CheckpointError. For building what a file of unknown origin describes: a
/// hundred bytes of metadata can ask for a network of terabytes.
class AllocationBudget {
 public:
  explicit AllocationBudget(std::int64_t bytes);

 private:
  c10::DebugInfoGuard guard_;
};

}  // namespace vcisr::networks
