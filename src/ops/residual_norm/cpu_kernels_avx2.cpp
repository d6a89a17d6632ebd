// SPDX-License-Identifier: Apache-2.0
#define VCISR_RESIDUAL_NORM_KERNELS residual_norm_kernels_avx2
#define VCISR_VECTOR_BYTES 32
#include "ops/residual_norm/cpu_kernels_impl.h"
