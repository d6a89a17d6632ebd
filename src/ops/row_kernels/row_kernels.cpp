// SPDX-License-Identifier: Apache-2.0
#include "ops/row_kernels/row_kernels.h"

namespace vcisr::ops::detail {

// Each defined by the object of its instruction set.
extern const RowKernels row_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const RowKernels row_kernels_avx2;
extern const RowKernels row_kernels_avx512;
#endif

const RowKernels& row_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(row_kernels_baseline, row_kernels_avx2, row_kernels_avx512);
#else
  return row_kernels_baseline;
#endif
}

}  // namespace vcisr::ops::detail
