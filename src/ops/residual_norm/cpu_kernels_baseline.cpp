// SPDX-License-Identifier: Apache-2.0
#define VCISR_RESIDUAL_NORM_KERNELS residual_norm_kernels_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/residual_norm/cpu_kernels_impl.h"
