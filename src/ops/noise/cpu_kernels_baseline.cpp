// SPDX-License-Identifier: Apache-2.0
#define VCISR_NOISE_KERNELS noise_kernels_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/noise/cpu_kernels_impl.h"
