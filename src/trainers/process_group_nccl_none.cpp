// SPDX-License-Identifier: Apache-2.0
#include "trainers/process_group_backends.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {

bool has_nccl() noexcept { return false; }

c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendRequest&) {
  throw ConfigError(
      "several GPUs need the backend nccl, which this build lacks: it comes with CUDA "
      "(VCISR_WITH_CUDA) and a LibTorch that has NCCL");
}

}  // namespace vcisr::trainers
