// SPDX-License-Identifier: Apache-2.0
#include "ops/window_attention/cpu_kernels.h"

#include "ops/instruction_set.h"

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const WindowAttentionKernels window_attention_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const WindowAttentionKernels window_attention_kernels_avx2;
extern const WindowAttentionKernels window_attention_kernels_avx512;
#endif

const WindowAttentionKernels& window_attention_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  switch (active_instruction_set()) {
    case InstructionSet::kAvx512:
      return window_attention_kernels_avx512;
    case InstructionSet::kAvx2:
      return window_attention_kernels_avx2;
    case InstructionSet::kBaseline:
      break;
  }
#endif
  return window_attention_kernels_baseline;
}

}  // namespace vcisr::ops::detail
