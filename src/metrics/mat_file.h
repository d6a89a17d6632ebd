// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vcisr::metrics {

/// A variable of a MATLAB file, or what it is made of.
struct MatValue {
  enum class Kind {
    kNumbers,  ///< Real numbers of any type, as double.
    kCell,     ///< Children: its elements, without names.
    kStruct,   ///< Children: its elements, each a kRecord.
    kRecord,   ///< Children: its fields by name.
    kOther,    ///< Text, complex numbers, sparse matrices, objects: not looked into.
  };

  std::string name;
  Kind kind = Kind::kOther;
  std::vector<std::size_t> sizes;
  std::vector<double> numbers;  ///< Column after column.
  std::vector<MatValue> children;
};

/// All variables of a MATLAB file (level 5, compressed or not, and what else matio reads).
/// What is kept of it is bounded by its size; matio itself may take long over sizes made to
/// deceive.
///
/// Threads  safe from any thread; one reads at a time.
/// Errors   CheckpointError in one sentence that begins with the path; ConfigError: this build has
///          no matio.
[[nodiscard]] std::vector<MatValue> read_mat_file(const std::filesystem::path& path);

}  // namespace vcisr::metrics
