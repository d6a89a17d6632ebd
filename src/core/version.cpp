// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/version.h"

namespace vcisr {

std::string_view version() noexcept { return VCISR_VERSION; }

}  // namespace vcisr
