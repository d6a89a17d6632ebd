// SPDX-License-Identifier: Apache-2.0
#define VCISR_COMPARISON_KERNELS comparison_kernels_avx2
#define VCISR_VECTOR_BYTES 32
#include "ops/picture_comparison/cpu_kernels_impl.h"
