// SPDX-License-Identifier: Apache-2.0
#define VCISR_COMPARISON_KERNELS comparison_kernels_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/picture_comparison/cpu_kernels_impl.h"
