// SPDX-License-Identifier: Apache-2.0
// Photographs and films that are not the project's to give away: tests that measure with them run
// where a folder `shared` lies beside the checkout, and skip elsewhere.
#pragma once

#include <filesystem>
#include <string>

namespace vcisr {

/// "shared/data/images/set5/img_001.png" beside the checkout, there or not.
inline std::filesystem::path shared_path(const std::string& below) {
  return std::filesystem::path(VCISR_SOURCE_DIR).parent_path() / "shared" / below;
}

}  // namespace vcisr

/// Ends a test as skipped, with the reason, where the file or folder is missing.
#define VCISR_SKIP_WITHOUT_SHARED(below)                                    \
  do {                                                                      \
    if (!std::filesystem::exists(vcisr::shared_path(below))) {              \
      GTEST_SKIP() << vcisr::shared_path(below).string() << " is not here"; \
    }                                                                       \
  } while (false)
