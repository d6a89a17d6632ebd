// SPDX-License-Identifier: Apache-2.0
// Built instead of what needs media where there is no FFmpeg.
#include "bench.h"

namespace vcisr::bench {

void register_degradation_benchmarks() {}
void register_pipeline_benchmarks() {}
void register_patch_stream_benchmarks() {}
void register_training_benchmarks() {}

}  // namespace vcisr::bench
