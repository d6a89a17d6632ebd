// SPDX-License-Identifier: Apache-2.0
#define VCISR_NOISE_KERNELS noise_kernels_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/noise/cpu_kernels_impl.h"
