// SPDX-License-Identifier: Apache-2.0
#include "ops/row_kernels/row_kernels.h"

#include <atomic>

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const RowKernels row_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const RowKernels row_kernels_avx2;
extern const RowKernels row_kernels_avx512;
#endif

namespace {

std::atomic<const RowKernels*>& active() {
  static std::atomic<const RowKernels*> kernels = [] {
    for (const auto set : {InstructionSet::kAvx512, InstructionSet::kAvx2}) {
      if (const RowKernels* found = row_kernels_of(set)) return found;
    }
    return &row_kernels_baseline;
  }();
  return kernels;
}

}  // namespace

const RowKernels* row_kernels_of(InstructionSet set) {
#ifdef VCISR_OPS_HAS_AVX
  if (set == InstructionSet::kAvx2) {
    return __builtin_cpu_supports("avx2") ? &row_kernels_avx2 : nullptr;
  }
  if (set == InstructionSet::kAvx512) {
    const bool has_it = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has_it ? &row_kernels_avx512 : nullptr;
  }
#endif
  return set == InstructionSet::kBaseline ? &row_kernels_baseline : nullptr;
}

const RowKernels& row_kernels() { return *active().load(std::memory_order_relaxed); }

void use_instruction_set_for_test(InstructionSet set) {
  if (const RowKernels* found = row_kernels_of(set)) active().store(found);
}

}  // namespace vcisr::ops::detail
