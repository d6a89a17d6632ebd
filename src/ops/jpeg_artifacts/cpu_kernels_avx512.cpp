// SPDX-License-Identifier: Apache-2.0
#define VCISR_JPEG_KERNEL jpeg_kernel_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/jpeg_artifacts/cpu_kernels_impl.h"
