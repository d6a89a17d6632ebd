// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/element_dtype.h"

#include <array>
#include <utility>

#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::array<std::pair<ElementType, torch::Dtype>, 10> kDtypes = {{
    {ElementType::kFloat64, torch::kFloat64},
    {ElementType::kFloat32, torch::kFloat32},
    {ElementType::kFloat16, torch::kFloat16},
    {ElementType::kBFloat16, torch::kBFloat16},
    {ElementType::kInt64, torch::kInt64},
    {ElementType::kInt32, torch::kInt32},
    {ElementType::kInt16, torch::kInt16},
    {ElementType::kInt8, torch::kInt8},
    {ElementType::kUInt8, torch::kUInt8},
    {ElementType::kBool, torch::kBool},
}};

}  // namespace

torch::Dtype dtype_of(ElementType type) {
  for (const auto& [element, dtype] : kDtypes) {
    if (element == type) return dtype;
  }
  throw CheckpointError("holds a tensor of a type that is not supported");
}

ElementType element_type_of(torch::Dtype dtype) {
  for (const auto& [element, candidate] : kDtypes) {
    if (candidate == dtype) return element;
  }
  return ElementType::kUnsupported;
}

}  // namespace vcisr::tensorfile
