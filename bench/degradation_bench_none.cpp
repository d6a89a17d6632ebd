// SPDX-License-Identifier: Apache-2.0
// Built instead of degradation_bench.cpp where there is no FFmpeg.
#include "bench.h"

namespace vcisr::bench {

void register_degradation_benchmarks() {}

}  // namespace vcisr::bench
