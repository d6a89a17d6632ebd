// SPDX-License-Identifier: Apache-2.0
#define VCISR_ROW_KERNELS row_kernels_baseline
#define VCISR_VECTOR_BYTES 16
#include "ops/row_kernels/row_kernels_impl.h"
