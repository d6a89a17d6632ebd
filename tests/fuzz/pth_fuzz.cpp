// SPDX-License-Identifier: Apache-2.0
// libFuzzer: whole files: the zip directory, its records and the pickle in it.
#include <cstddef>
#include <cstdint>

#include "fuzz/reader_checks.h"
#include "vcisr/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vcisr::tensorfile;
  try {
    const MemorySource source({data, size});
    check_index(read_checkpoint_index(source, ""), size);
  } catch (const vcisr::CheckpointError&) {
    // What a bad file is meant to give.
  }
  return 0;
}
