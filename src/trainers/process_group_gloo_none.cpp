// SPDX-License-Identifier: Apache-2.0
#include "trainers/process_group_backends.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {

bool has_gloo() noexcept { return false; }

c10::intrusive_ptr<c10d::Backend> make_gloo_backend(const BackendRequest&) {
  throw ConfigError(
      "several processes on the CPU need the backend gloo, which this build lacks: install "
      "libgloo-dev and build again");
}

}  // namespace vcisr::trainers
