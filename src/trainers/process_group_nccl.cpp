// SPDX-License-Identifier: Apache-2.0
// Compiled with USE_C10D_NCCL and the nccl.h of the NCCL that LibTorch links.
#include <cstdlib>

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "trainers/process_group_backends.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {

bool has_nccl() noexcept { return true; }

c10::intrusive_ptr<c10d::Backend> make_nccl_backend(const BackendRequest& request) {
  if (!request.device.is_cuda()) {
    throw ConfigError("the backend nccl exchanges tensors of a GPU, but the device is " +
                      request.device.str());
  }
  // Its own watchdog ends the whole process when something goes wrong. We watch, and raise an
  // error.
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", 0);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = request.timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(request.store, request.rank, request.world,
                                                     options);
}

}  // namespace vcisr::trainers
