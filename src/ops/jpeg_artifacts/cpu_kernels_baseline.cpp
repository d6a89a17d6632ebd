// SPDX-License-Identifier: Apache-2.0
#define VCISR_JPEG_KERNEL jpeg_kernel_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/jpeg_artifacts/cpu_kernels_impl.h"
