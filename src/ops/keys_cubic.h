// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace vcisr::ops::detail {

/// Keys' cubic convolution kernel (1981) with a = -0.5, also called Catmull-Rom; 0 from 2 on.
inline double keys_cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

}  // namespace vcisr::ops::detail
