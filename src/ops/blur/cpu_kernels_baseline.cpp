// SPDX-License-Identifier: Apache-2.0
#define VCISR_BLUR_KERNEL blur_kernel_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/blur/cpu_kernels_impl.h"
