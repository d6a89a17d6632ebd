// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vcisr::tensorfile {

/// What one number of a stored tensor is; torch-free.
enum class ElementType : std::uint8_t {
  kFloat64,
  kFloat32,
  kFloat16,
  kBFloat16,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUInt8,
  kBool,
  kUnsupported,  ///< Known to torch, of no use to us: complex, quantized, 8-bit floats.
};

struct ElementTypeInfo {
  ElementType type;
  int bytes;
  std::string_view label;        ///< What we print.
  std::string_view safetensors;  ///< `dtype` of a .safetensors header.
  std::string_view storage;      ///< torch.<storage> of a .pth.
};

inline constexpr std::array<ElementTypeInfo, 10> kElementTypes = {{
    {ElementType::kFloat64, 8, "fp64", "F64", "DoubleStorage"},
    {ElementType::kFloat32, 4, "fp32", "F32", "FloatStorage"},
    {ElementType::kFloat16, 2, "fp16", "F16", "HalfStorage"},
    {ElementType::kBFloat16, 2, "bf16", "BF16", "BFloat16Storage"},
    {ElementType::kInt64, 8, "int64", "I64", "LongStorage"},
    {ElementType::kInt32, 4, "int32", "I32", "IntStorage"},
    {ElementType::kInt16, 2, "int16", "I16", "ShortStorage"},
    {ElementType::kInt8, 1, "int8", "I8", "CharStorage"},
    {ElementType::kUInt8, 1, "uint8", "U8", "ByteStorage"},
    {ElementType::kBool, 1, "bool", "BOOL", "BoolStorage"},
}};

/// nullptr for kUnsupported.
[[nodiscard]] constexpr const ElementTypeInfo* element_type_info(ElementType type) {
  for (const auto& info : kElementTypes) {
    if (info.type == type) return &info;
  }
  return nullptr;
}

}  // namespace vcisr::tensorfile
