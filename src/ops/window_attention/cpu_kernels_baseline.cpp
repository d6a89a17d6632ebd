// SPDX-License-Identifier: Apache-2.0
#define VCISR_WINDOW_ATTENTION_KERNELS window_attention_kernels_baseline
#define VCISR_VECTOR_BYTES 16
#define VCISR_VECTOR_REGISTERS 16
#include "ops/window_attention/cpu_kernels_impl.h"
