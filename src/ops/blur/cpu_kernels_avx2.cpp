// SPDX-License-Identifier: Apache-2.0
#define VCISR_BLUR_KERNEL blur_kernel_avx2
#define VCISR_VECTOR_BYTES 32
#include "ops/blur/cpu_kernels_impl.h"
