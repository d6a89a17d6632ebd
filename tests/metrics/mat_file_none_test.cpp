// SPDX-License-Identifier: Apache-2.0
// Where the build has no matio.
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/nrqm.h"

namespace vcisr::metrics {
namespace {

TEST(MatFileNone, NamesThePackage) {
  const tests::TempFolder folder;
  const auto path = folder.path() / "NRQM_model.mat";
  std::ofstream(path) << "anything";
  try {
    (void)NrqmModel::load(path);
    FAIL() << "nothing was thrown";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("libmatio-dev"));
  }
}

}  // namespace
}  // namespace vcisr::metrics
