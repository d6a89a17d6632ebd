// SPDX-License-Identifier: Apache-2.0
#define VCISR_ROW_KERNELS row_kernels_avx512
#define VCISR_VECTOR_BYTES 64
#include "ops/row_kernels/row_kernels_impl.h"
