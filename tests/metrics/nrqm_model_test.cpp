// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/golden_pictures.h"
#include "metrics/mat_writer.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/nrqm.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::TempFolder;

using Fields = std::vector<MatValue>;

/// Two trees: `feature` <= 0.5 ? low : high, and a leaf of 4.
Fields forest(double feature, double low, double high) {
  return {numbers("lDau", 3, 2, {2, 0, 0, 0, 0, 0}),
          numbers("rDau", 3, 2, {3, 0, 0, 0, 0, 0}),
          numbers("nodestatus", 3, 2, {-3, -1, -1, -1, 0, 0}),
          numbers("nrnodes", 1, 1, {3}),
          numbers("upper", 3, 2, {0.5, 0, 0, 0, 0, 0}),
          numbers("avnode", 3, 2, {0, low, high, 4, 0, 0}),
          numbers("mbest", 3, 2, {feature, 0, 0, 0, 0, 0}),
          numbers("ntree", 1, 1, {2})};
}

/// The last feature of each kind decides.
const Fields kDct = forest(18, 1, 2);
const Fields kSteerable = forest(45, 10, 20);
const Fields kSingularValues = forest(75, 100, 200);
const MatValue kLinear = numbers("linear", 4, 1, {0.5, 2, 3, 4});

/// 0.5 + 2 (p1 + 4)/2 + 3 (p2 + 4)/2 + 4 (p3 + 4)/2
double expected_score(double p1, double p2, double p3) {
  return 0.5 + 2 * (p1 + 4) / 2 + 3 * (p2 + 4) / 2 + 4 * (p3 + 4) / 2;
}

MatValue single(const std::string& name, const Fields& fields) {
  return struct_array(name, {fields});
}

MatValue as_cells() {
  return single(
      "model", {cell("rf", {single("", kDct), single("", kSteerable), single("", kSingularValues)}),
                kLinear});
}

class NrqmModelFile : public ::testing::Test {
 protected:
  NrqmModel load(const Fields& variables, matio_compression compression = MAT_COMPRESSION_ZLIB) {
    std::vector<matvar_t*> written;
    for (const MatValue& variable : variables) written.push_back(to_matvar(variable));
    write_mat(path_, written, compression);
    return NrqmModel::load(path_);
  }

  std::string error_of(const Fields& variables) {
    try {
      (void)load(variables);
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TempFolder folder_;
  std::filesystem::path path_ = folder_.path() / "NRQM_model.mat";
};

void expect_scores(const NrqmModel& model) {
  NrqmFeatures features;
  EXPECT_DOUBLE_EQ(model.score(features), expected_score(1, 10, 100));
  features.dct[17] = 0.6;
  EXPECT_DOUBLE_EQ(model.score(features), expected_score(2, 10, 100));
  features.steerable[44] = 0.6;
  EXPECT_DOUBLE_EQ(model.score(features), expected_score(2, 20, 100));
  features.singular_values[74] = 0.6;
  EXPECT_DOUBLE_EQ(model.score(features), expected_score(2, 20, 200));
}

TEST_F(NrqmModelFile, ReadsForestsInCells) {
  expect_scores(load({as_cells()}, MAT_COMPRESSION_NONE));
  expect_scores(load({as_cells()}, MAT_COMPRESSION_ZLIB));
}

TEST_F(NrqmModelFile, ReadsForestsInAStructArray) {
  const MatValue forests = struct_array("forests", {kDct, kSteerable, kSingularValues});
  expect_scores(load({forests, kLinear}, MAT_COMPRESSION_NONE));
  expect_scores(load({kLinear, forests}, MAT_COMPRESSION_ZLIB));
}

TEST_F(NrqmModelFile, ReadsForestsInFieldsAndVariables) {
  expect_scores(load({single("model", {single("rf1", kDct), single("rf2", kSteerable),
                                       single("rf3", kSingularValues), kLinear})}));
  expect_scores(load({single("a", kDct), single("b", kSteerable), single("c", kSingularValues),
                      cell("linear", {numbers("", 1, 4, {0.5, 2, 3, 4})})}));
}

TEST_F(NrqmModelFile, TakesNamesInAnyCaseAndForestsWithoutStatus) {
  Fields lower = kDct;
  for (MatValue& field : lower) {
    std::transform(field.name.begin(), field.name.end(), field.name.begin(), ::tolower);
  }
  lower.erase(lower.begin() + 2);
  MatValue linear = kLinear;
  linear.name = "Linear";
  expect_scores(
      load({cell("m", {single("", lower), single("", kSteerable), single("", kSingularValues)}),
            linear}));
}

TEST_F(NrqmModelFile, NamesItselfByFileAndContent) {
  const std::string name = load({as_cells()}, MAT_COMPRESSION_NONE).name();
  EXPECT_THAT(name, StartsWith("NRQM_model.mat, sha256 "));
  EXPECT_NE(load({as_cells()}, MAT_COMPRESSION_ZLIB).name(), name);
}

TEST_F(NrqmModelFile, ScoresAPicture) {
  const torch::Tensor rgb =
      golden_distorted(golden_reference(84, 84)).to(torch::kFloat32).div(255.0);
  const NrqmModel model = load({as_cells()});
  EXPECT_DOUBLE_EQ(nrqm(rgb, model), model.score(nrqm_features(rgb)));
}

TEST_F(NrqmModelFile, SaysWhatIsMissing) {
  EXPECT_THROW((void)NrqmModel::load(folder_.path() / "no.mat"), CheckpointError);
  EXPECT_THROW((void)NrqmModel::load(folder_.path()), CheckpointError);
  const std::string two = error_of({single("a", kDct), single("b", kSteerable), kLinear});
  EXPECT_THAT(two, StartsWith(path_.string() + ": NRQM needs three forests"));
  EXPECT_THAT(two, HasSubstr("but the file has 2; it names a, b, linear"));
  const MatValue forests = struct_array("forests", {kDct, kSteerable, kSingularValues});
  EXPECT_THAT(error_of({forests}), HasSubstr("four numbers named 'linear', once, but the file has "
                                             "none; it names forests"));
  EXPECT_THAT(error_of({forests, numbers("linear", 3, 1, {1, 2, 3})}),
              HasSubstr("but the file has 3"));
  EXPECT_THAT(error_of({forests, numbers("linear", 4, 1, {1, 2, NAN, 3})}),
              HasSubstr("not finite"));
  Fields no_threshold = kDct;
  no_threshold[4].name = "lower";
  EXPECT_THAT(error_of({single("a", no_threshold), single("b", kSteerable),
                        single("c", kSingularValues), kLinear}),
              HasSubstr("the forest of the DCT features (number 1 of the file): it has lDau but no "
                        "upper"));
}

TEST_F(NrqmModelFile, RefusesForestsThatDoNotFit) {
  const auto error_with = [this](const Fields& second) {
    return error_of(
        {single("a", kDct), single("b", second), single("c", kSingularValues), kLinear});
  };
  EXPECT_THAT(error_with(forest(46, 1, 2)),
              HasSubstr("the forest of the steerable pyramid features (number 2 of the file): tree "
                        "1: node 1 has mbest 46 (expected 1 to 45)"));
  Fields other_size = kSteerable;
  other_size[5] = numbers("avnode", 2, 3, {0, 1, 2, 4, 0, 0});
  EXPECT_THAT(error_with(other_size), HasSubstr("its tables avnode and lDau differ in size"));
  Fields text = kSteerable;
  text[1] = cell("rDau", {numbers("", 1, 1, {1}), numbers("", 1, 1, {1})});
  EXPECT_THAT(error_with(text), HasSubstr("its rDau is not a table of real numbers"));
}

}  // namespace
}  // namespace vcisr::metrics
