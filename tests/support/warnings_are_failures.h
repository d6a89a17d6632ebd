// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace vcisr::tests {

/// From here on a warning or error that the library logs fails the running test.
void install_warnings_are_failures();

/// While one lives, warnings are collected instead: for tests that expect them.
class ExpectedWarnings {
 public:
  ExpectedWarnings();
  ~ExpectedWarnings();
  [[nodiscard]] std::vector<std::string> messages() const;
};

}  // namespace vcisr::tests
