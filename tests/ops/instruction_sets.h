// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ops/instruction_set.h"

namespace vcisr::tests {

/// The instruction sets that this CPU and this build have; the baseline is always there.
inline std::vector<ops::detail::InstructionSet> instruction_sets() {
  std::vector<ops::detail::InstructionSet> sets;
  for (const auto set : {ops::detail::InstructionSet::kBaseline, ops::detail::InstructionSet::kAvx2,
                         ops::detail::InstructionSet::kAvx512}) {
    if (ops::detail::has_instruction_set(set)) sets.push_back(set);
  }
  return sets;
}

/// While it lives, the CPU kernels are those of one instruction set.
class WithInstructionSet {
 public:
  explicit WithInstructionSet(ops::detail::InstructionSet set) {
    ops::detail::use_instruction_set_for_test(set);
  }
  ~WithInstructionSet() { ops::detail::use_instruction_set_for_test(instruction_sets().back()); }
  WithInstructionSet(const WithInstructionSet&) = delete;
  WithInstructionSet& operator=(const WithInstructionSet&) = delete;
};

}  // namespace vcisr::tests
