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
  return of_active_set(window_attention_kernels_baseline, window_attention_kernels_avx2,
                       window_attention_kernels_avx512);
#else
  return window_attention_kernels_baseline;
#endif
}

}  // namespace vcisr::ops::detail
