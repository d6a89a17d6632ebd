// SPDX-License-Identifier: Apache-2.0
#define VCISR_BLUR_KERNEL blur_kernel_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/blur/cpu_kernels_impl.h"
