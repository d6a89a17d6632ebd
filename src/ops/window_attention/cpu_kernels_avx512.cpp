// SPDX-License-Identifier: Apache-2.0
#define VCISR_WINDOW_ATTENTION_KERNELS window_attention_kernels_avx512
#define VCISR_VECTOR_BYTES 64
#define VCISR_VECTOR_REGISTERS 32
#include "ops/window_attention/cpu_kernels_impl.h"
