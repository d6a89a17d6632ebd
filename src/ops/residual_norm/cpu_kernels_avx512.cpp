// SPDX-License-Identifier: Apache-2.0
#define VCISR_RESIDUAL_NORM_KERNELS residual_norm_kernels_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/residual_norm/cpu_kernels_impl.h"
