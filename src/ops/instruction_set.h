// SPDX-License-Identifier: Apache-2.0
// Which of the objects that were compiled once per instruction set this CPU runs. No torch.
#pragma once

namespace vcisr::ops::detail {

/// kAvx2 includes FMA; kAvx512 is F, BW, DQ and VL.
enum class InstructionSet { kBaseline, kAvx2, kAvx512 };

/// True where this CPU and this build have it.
[[nodiscard]] bool has_instruction_set(InstructionSet set);

/// The best there is, or what a test chose.
[[nodiscard]] InstructionSet active_instruction_set();

/// That of three kernels which active_instruction_set() asks for.
template <class Kernels>
[[nodiscard]] const Kernels& of_active_set(const Kernels& baseline, const Kernels& avx2,
                                           const Kernels& avx512) {
  switch (active_instruction_set()) {
    case InstructionSet::kAvx512:
      return avx512;
    case InstructionSet::kAvx2:
      return avx2;
    case InstructionSet::kBaseline:
      break;
  }
  return baseline;
}

/// From here on active_instruction_set() is `set`, which must exist; for tests.
void use_instruction_set_for_test(InstructionSet set);

}  // namespace vcisr::ops::detail
