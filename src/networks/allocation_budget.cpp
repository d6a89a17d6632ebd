// SPDX-License-Identifier: Apache-2.0
#include "networks/allocation_budget.h"

#include <c10/core/Allocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::networks {
namespace {

/// LibTorch tells this object, made for its profiler, of every allocation of the thread.
class Meter final : public c10::MemoryReportingInfoBase {
 public:
  explicit Meter(std::int64_t budget) : budget_(budget) {}

  void reportMemoryUsage(void* ptr, std::int64_t alloc_size, std::size_t /*total_allocated*/,
                         std::size_t /*total_reserved*/, c10::Device /*device*/) override {
    used_ += alloc_size;  // Negative where memory is given back.
    if (alloc_size <= 0 || used_ <= budget_) return;
    used_ -= alloc_size;
    c10::free_cpu(ptr);  // Nobody owns it yet.
    throw CheckpointError("describes a network of more than " +
                          format_bytes(static_cast<double>(budget_)) +
                          ", far more than its own tensors have");
  }
  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }

 private:
  std::int64_t budget_;
  std::int64_t used_ = 0;
};

}  // namespace

AllocationBudget::AllocationBudget(std::int64_t bytes)
    : guard_(c10::DebugInfoKind::PROFILER_STATE, std::make_shared<Meter>(bytes)) {}

}  // namespace vcisr::networks
