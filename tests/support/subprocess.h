// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace vcisr::tests {

struct SubprocessResult {
  int exit_code = -1;  ///< 128 + signal when killed.
  std::string out;
  std::string err;
  long peak_rss_kib = 0;
};

/// Runs a program found on PATH (or by path) to its end, no shell between. `input` goes to its
/// standard input.
[[nodiscard]] SubprocessResult run(const std::vector<std::string>& arguments,
                                   const std::string& input = "");

/// True if a program of that name is on PATH.
[[nodiscard]] bool has_program(const std::string& name);

}  // namespace vcisr::tests
