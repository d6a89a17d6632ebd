// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/intra_op.h"

#include <ATen/Parallel.h>
#ifdef _OPENMP
#include <omp.h>
#endif

namespace vcisr::ops {

void use_one_intra_op_thread() {
  // LibTorch sets the number on a thread's first use of it; later that would undo ours.
  at::get_num_threads();
#ifdef _OPENMP
  omp_set_num_threads(1);  // at::set_num_threads() would also change threads to come.
#endif
}

}  // namespace vcisr::ops
