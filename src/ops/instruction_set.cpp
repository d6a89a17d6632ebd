// SPDX-License-Identifier: Apache-2.0
#include "ops/instruction_set.h"

#include <atomic>

namespace vcisr::ops::detail {
namespace {

std::atomic<InstructionSet>& active() {
  static std::atomic<InstructionSet> set = [] {
    for (const auto candidate : {InstructionSet::kAvx512, InstructionSet::kAvx2}) {
      if (has_instruction_set(candidate)) return candidate;
    }
    return InstructionSet::kBaseline;
  }();
  return set;
}

}  // namespace

bool has_instruction_set(InstructionSet set) {
#ifdef VCISR_OPS_HAS_AVX
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (set == InstructionSet::kAvx2) return has_avx2;
  if (set == InstructionSet::kAvx512) {
    return has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return set == InstructionSet::kBaseline;
}

InstructionSet active_instruction_set() { return active().load(std::memory_order_relaxed); }

void use_instruction_set_for_test(InstructionSet set) {
  if (has_instruction_set(set)) active().store(set);
}

}  // namespace vcisr::ops::detail
