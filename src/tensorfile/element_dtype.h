// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "tensorfile/element_type.h"

namespace vcisr::tensorfile {

/// LibTorch's name of a type that we can load.
[[nodiscard]] torch::Dtype dtype_of(ElementType type);

/// kUnsupported for the types that we neither read nor write.
[[nodiscard]] ElementType element_type_of(torch::Dtype dtype);

}  // namespace vcisr::tensorfile
