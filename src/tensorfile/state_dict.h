// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensorfile/pickle.h"

namespace vcisr::tensorfile {

/// The named tensors among all that a .pth holds.
struct StateDict {
  std::vector<std::pair<std::string, std::size_t>> tensors;  ///< Name, index into the graph's.
  std::string wrapper;                                       ///< Keys that led there, "a.b".
};

/// Finds the state dict: `preferred` if not empty, else params_ema, then the field's other wrapper
/// keys, then a dict that holds tensors itself, then the value of a dict with one key.
/// Errors  CheckpointError without the path: none (lists the keys there are), a tensor of a type
/// that cannot be used.
[[nodiscard]] StateDict find_state_dict(const PickleGraph& graph, const std::string& preferred);

/// Strings and numbers that stand beside the weights at the top.
[[nodiscard]] std::map<std::string, std::string> top_level_values(const PickleGraph& graph);

/// The keys that hold a state dict in the files of training programs, in the order of search.
[[nodiscard]] const std::vector<std::string>& wrapper_keys();

}  // namespace vcisr::tensorfile
