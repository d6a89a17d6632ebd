// SPDX-License-Identifier: Apache-2.0
// libFuzzer: the pickle alone, without the archive around it.
#include <cstddef>
#include <cstdint>

#include "tensorfile/pickle.h"
#include "tensorfile/state_dict.h"
#include "vcisr/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vcisr::tensorfile;
  try {
    const auto graph = read_pickle({data, size});
    (void)top_level_values(graph);
    (void)find_state_dict(graph, "");
  } catch (const vcisr::CheckpointError&) {
    // What a bad file is meant to give.
  }
  return 0;
}
