// SPDX-License-Identifier: Apache-2.0
// Writes small MATLAB files, from the tree that read_mat_file() returns.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <matio.h>

#include "metrics/mat_file.h"

namespace vcisr::metrics {

inline MatValue numbers(std::string name, std::size_t rows, std::size_t columns,
                        std::vector<double> values) {
  return {std::move(name), MatValue::Kind::kNumbers, {rows, columns}, std::move(values), {}};
}

inline MatValue cell(std::string name, std::vector<MatValue> elements) {
  const std::size_t count = elements.size();
  return {std::move(name), MatValue::Kind::kCell, {1, count}, {}, std::move(elements)};
}

/// A struct array; each element is its fields, the same names in each.
inline MatValue struct_array(std::string name, std::vector<std::vector<MatValue>> elements) {
  MatValue value{std::move(name), MatValue::Kind::kStruct, {1, elements.size()}, {}, {}};
  for (auto& fields : elements) {
    value.children.push_back({"", MatValue::Kind::kRecord, {}, {}, std::move(fields)});
  }
  return value;
}

inline matvar_t* to_matvar(const MatValue& value) {
  std::vector<std::size_t> sizes = value.sizes;
  const char* const name = value.name.empty() ? nullptr : value.name.c_str();
  if (value.kind == MatValue::Kind::kNumbers) {
    return Mat_VarCreate(name, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, sizes.data(),
                         const_cast<double*>(value.numbers.data()), 0);
  }
  if (value.kind == MatValue::Kind::kCell) {
    std::vector<matvar_t*> elements;
    for (const MatValue& child : value.children) elements.push_back(to_matvar(child));
    return Mat_VarCreate(name, MAT_C_CELL, MAT_T_CELL, 2, sizes.data(), elements.data(), 0);
  }
  std::vector<const char*> names;
  for (const MatValue& field : value.children.front().children) names.push_back(field.name.c_str());
  matvar_t* const result =
      Mat_VarCreateStruct(name, 2, sizes.data(), names.data(), static_cast<unsigned>(names.size()));
  for (std::size_t element = 0; element < value.children.size(); ++element) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      Mat_VarSetStructFieldByIndex(result, i, element,
                                   to_matvar(value.children[element].children[i]));
    }
  }
  return result;
}

/// Takes over the variables.
inline void write_mat(const std::filesystem::path& path, const std::vector<matvar_t*>& variables,
                      matio_compression compression) {
  mat_t* const file = Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5);
  for (matvar_t* const variable : variables) {
    Mat_VarWrite(file, variable, compression);
    Mat_VarFree(variable);
  }
  Mat_Close(file);
}

}  // namespace vcisr::metrics
