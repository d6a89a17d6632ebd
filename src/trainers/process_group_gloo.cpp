// SPDX-License-Identifier: Apache-2.0
// Compiled with USE_C10D_GLOO and the headers of libgloo-dev; the code itself is inside LibTorch.
#include <cstdlib>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "trainers/process_group_backends.h"

namespace vcisr::trainers {

bool has_gloo() noexcept { return true; }

c10::intrusive_ptr<c10d::Backend> make_gloo_backend(const BackendRequest& request) {
  using c10d::ProcessGroupGloo;
  c10::intrusive_ptr<ProcessGroupGloo::Options> options;
  if (request.is_one_machine && std::getenv("GLOO_SOCKET_IFNAME") == nullptr) {
    // The machine's name may resolve to an address that is not its own.
    options = ProcessGroupGloo::Options::create(request.timeout);
    options->devices.push_back(ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
  } else {
    options = ProcessGroupGloo::Options::create_default(request.timeout);
  }
  return c10::make_intrusive<ProcessGroupGloo>(request.store, request.rank, request.world, options);
}

}  // namespace vcisr::trainers
