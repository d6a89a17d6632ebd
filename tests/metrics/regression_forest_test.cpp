// SPDX-License-Identifier: Apache-2.0
#include "metrics/regression_forest.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

/// Two trees of five rows each, of three features.
///   1: feature 2 <= 0.5 ? (feature 1 <= -1 ? 10 : 20) : 30
///   2: feature 3 <= 4 ? 1 : 2, its last two rows unused
ForestTables two_trees() {
  return {.nodes = 5,
          .trees = 2,
          .left = {2, 4, 0, 0, 0, 2, 0, 0, 0, 0},
          .right = {3, 5, 0, 0, 0, 3, 0, 0, 0, 0},
          .threshold = {0.5, -1, 0, 0, 0, 4, 0, 0, 0, 0},
          .feature = {2, 1, 0, 0, 0, 3, 0, 0, 0, 0},
          .prediction = {17, 15, 30, 10, 20, 1.5, 1, 2, 0, 0},
          .status = {-3, -3, -1, -1, -1, -3, -1, -1, 0, 0}};
}

double predict(const ForestTables& tables, const std::vector<double>& features) {
  return RegressionForest(tables, 3).predict(features);
}

std::string error_of(const ForestTables& tables) {
  try {
    const RegressionForest forest(tables, 3);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(RegressionForest, PredictsTheMeanOfItsTrees) {
  const ForestTables tables = two_trees();
  EXPECT_DOUBLE_EQ(predict(tables, {-2, 0, 0}), (10 + 1) / 2.0);
  EXPECT_DOUBLE_EQ(predict(tables, {0, 0, 0}), (20 + 1) / 2.0);
  EXPECT_DOUBLE_EQ(predict(tables, {0, 1, 5}), (30 + 2) / 2.0);
}

TEST(RegressionForest, GoesLeftAtTheThresholdItself) {
  EXPECT_DOUBLE_EQ(predict(two_trees(), {-1, 0.5, 4}), (10 + 1) / 2.0);
}

TEST(RegressionForest, TellsLeavesByTheirDaughtersWithoutAStatus) {
  ForestTables tables = two_trees();
  tables.status.clear();
  EXPECT_DOUBLE_EQ(predict(tables, {0, 0, 9}), (20 + 2) / 2.0);
}

TEST(RegressionForest, TakesATreeThatIsOneLeaf) {
  const ForestTables leaf{.nodes = 1,
                          .trees = 1,
                          .left = {0},
                          .right = {0},
                          .threshold = {0},
                          .feature = {0},
                          .prediction = {7.25},
                          .status = {-1}};
  EXPECT_DOUBLE_EQ(predict(leaf, {0, 0, 0}), 7.25);
}

TEST(RegressionForest, RefusesWhatIsNoTree) {
  ForestTables tables = two_trees();
  tables.left[1] = 1;  // a circle
  EXPECT_THAT(error_of(tables), HasSubstr("tree 1: node 1 is reached twice"));
  tables = two_trees();
  tables.right[1] = 3;  // two parents
  EXPECT_THAT(error_of(tables), HasSubstr("node 3 is reached twice"));
  tables = two_trees();
  tables.left[5] = 6;
  EXPECT_THAT(error_of(tables), HasSubstr("tree 2: node 1 has lDau 6 (expected 1 to 5)"));
  tables = two_trees();
  tables.right[0] = 2.5;
  EXPECT_THAT(error_of(tables), HasSubstr("rDau 2.5"));
  tables = two_trees();
  tables.status.clear();
  tables.right[0] = 0;  // one daughter alone
  EXPECT_THAT(error_of(tables), HasSubstr("rDau 0"));
}

TEST(RegressionForest, RefusesNumbersOutOfRange) {
  ForestTables tables = two_trees();
  tables.feature[5] = 4;
  EXPECT_THAT(error_of(tables), HasSubstr("tree 2: node 1 has mbest 4 (expected 1 to 3)"));
  tables = two_trees();
  tables.threshold[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error_of(tables), HasSubstr("upper nan"));
  tables = two_trees();
  tables.prediction[3] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(error_of(tables), HasSubstr("node 4 has avnode inf"));
  tables = two_trees();
  tables.status[2] = 0;
  EXPECT_THAT(error_of(tables), HasSubstr("node 3 has nodestatus 0"));
  tables = two_trees();
  tables.prediction.pop_back();
  EXPECT_THAT(error_of(tables), HasSubstr("its table avnode has 9 numbers, but lDau has 10"));
  EXPECT_THAT(error_of({}), HasSubstr("its tables are empty"));
}

}  // namespace
}  // namespace vcisr::metrics
