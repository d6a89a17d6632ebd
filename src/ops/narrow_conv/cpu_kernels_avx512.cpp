// SPDX-License-Identifier: Apache-2.0
#define VCISR_NARROW_CONV_KERNELS narrow_conv_kernels_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/narrow_conv/cpu_kernels_impl.h"
