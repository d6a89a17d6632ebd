// SPDX-License-Identifier: Apache-2.0
#define VCISR_ROW_KERNELS row_kernels_avx2
#define VCISR_VECTOR_BYTES 32
#include "ops/row_kernels/row_kernels_impl.h"
