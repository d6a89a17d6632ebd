// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "vcisr/core/config.h"

namespace vcisr::losses {

/// A weight of a loss: 0 or more.
inline double read_weight(const Config& config, const char* key, double value) {
  config.read(key, value, {0.0, std::numeric_limits<double>::max()});
  return value;
}

}  // namespace vcisr::losses
