// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/warnings_are_failures.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  vcisr::tests::install_warnings_are_failures();
  return RUN_ALL_TESTS();
}
