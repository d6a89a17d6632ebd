// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensorfile/byte_source.h"
#include "tensorfile/checkpoint_index.h"

namespace vcisr::tensorfile {

/// The header of a .safetensors file, checked as the format demands: tensors lie in the data part
/// without holes or overlaps and have exactly the bytes of their shape and dtype, no key stands
/// twice, __metadata__ holds strings. In the order of the data.
/// Errors  CheckpointError without the path.
[[nodiscard]] CheckpointIndex read_safetensors_index(const ByteSource& source);

}  // namespace vcisr::tensorfile
