// SPDX-License-Identifier: Apache-2.0
// Built instead of film_bench.cpp where there is no FFmpeg.
#include "bench.h"

namespace vcisr::bench {

void register_film_benchmarks() {}

}  // namespace vcisr::bench
