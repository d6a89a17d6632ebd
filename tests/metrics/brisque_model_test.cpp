// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/libsvm.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/metrics/brisque.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

// Two vectors: feature 1 is 1 in the first, all else 0. What follows them: 2 and -3; rho -7.
constexpr const char* kLibsvmModel =
    "svm_type epsilon_svr\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho -7\nprobA 1.5\n"
    "SV\n2 1:1 \n-3 36:0 \n";

std::string libsvm_range() {
  std::string text = "x\n-1 1\n";
  for (int i = 1; i <= 36; ++i) text += std::to_string(i) + " 0 2\n";
  return text;
}

std::string row(const std::string& first, const std::string& others) {
  std::string text = "[ " + first;
  for (int i = 1; i < 36; ++i) text.append(i % 6 == 0 ? ",\n          " : ", ").append(others);
  return text + " ]";
}

std::string opencv_model() {
  return "%YAML:1.0\n---\nopencv_ml_svm:\n   format: 3\n   svmType: EPS_SVR\n   kernel:\n"
         "      type: RBF\n      gamma: 5.0e-01\n   C: 1024.\n   p: 1.0e-01\n"
         "   term_criteria: { epsilon:1.0e-03 }\n   var_count: 36\n   sv_total: 2\n"
         "   support_vectors:\n      - " +
         row("1.", "0.") + "\n      - " + row("0.", "0.") +
         "\n   decision_functions:\n      -\n         sv_count: 2\n         rho: -7.\n"
         "         alpha: [ -3., 2. ]\n         index: [ 1, 0 ]\n";
}

std::string opencv_range() {
  return "%YAML:1.0\n---\nrange: !!opencv-matrix\n   rows: 2\n   cols: 36\n   dt: f\n   data: " +
         row("0.", "0.").substr(0, row("0.", "0.").size() - 2) + ", " + row("2.", "2.").substr(2) +
         "\n";
}

void save(const std::filesystem::path& path, const std::string& text) {
  write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
             AtomicFile::Existing::kReplace);
}

std::string without_path(const std::function<void()>& parse) {
  try {
    parse();
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

/// The text with one part replaced; the part must be there.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refused_model(const std::string& text) {
  return without_path([&text] {
    (void)(is_opencv_yaml(text) ? parse_opencv_model(text) : parse_libsvm_model(text));
  });
}

std::string refused_range(const std::string& text) {
  return without_path([&text] {
    (void)(is_opencv_yaml(text) ? parse_opencv_range(text) : parse_libsvm_range(text));
  });
}

TEST(BrisqueModel, OfEitherFormatGivesTheScoreComputedByHand) {
  const tests::TempFolder folder;
  save(folder / "allmodel", kLibsvmModel);
  save(folder / "allrange", libsvm_range());
  save(folder / "model.yml", opencv_model());
  save(folder / "range.yml", opencv_range());
  const auto libsvm = BrisqueModel::load(folder / "allmodel", folder / "allrange");
  const auto opencv = BrisqueModel::load(folder / "model.yml", folder / "range.yml");
  EXPECT_EQ(libsvm.name(), "libsvm allmodel, rho -7.000, 2 support vectors");
  EXPECT_EQ(opencv.name(), "opencv model, rho -7.000, 2 support vectors");
  // Ones lie in the middle of 0 .. 2 and become zeros: distances 1 and 0.
  BrisqueFeatures ones;
  ones.fill(1.0);
  const double score = 2.0 * std::exp(-0.5) - 3.0 + 7.0;
  EXPECT_NEAR(libsvm.score(ones), score, 1e-12);
  EXPECT_NEAR(opencv.score(ones), score, 1e-12);
  // Outside of the range: 4 becomes 3, at distances |3 - 1|^2 and |3|^2 in feature 1.
  ones[0] = 4.0;
  const double outside = 2.0 * std::exp(-0.5 * 4.0) - 3.0 * std::exp(-0.5 * 9.0) + 7.0;
  EXPECT_NEAR(libsvm.score(ones), outside, 1e-12);
  EXPECT_NEAR(opencv.score(ones), outside, 1e-12);
}

TEST(BrisqueModel, NamesTheFileThatIsWrong) {
  const tests::TempFolder folder;
  save(folder / "allmodel", kLibsvmModel);
  save(folder / "range.yml", opencv_range());
  save(folder / "empty", "");
  const auto refusal = [&folder](const std::string& model, const std::string& range) {
    return without_path([&] { (void)BrisqueModel::load(folder / model, folder / range); });
  };
  EXPECT_THAT(refusal("allmodel", "range.yml"), HasSubstr("range.yml: does not belong to"));
  EXPECT_THAT(refusal("allmodel", "absent"), HasSubstr((folder / "absent").string() + ": "));
  EXPECT_THAT(refusal("absent", "range.yml"), HasSubstr((folder / "absent").string() + ": "));
  EXPECT_THAT(refusal("empty", "empty"), HasSubstr("empty: is no LIBSVM model"));
}

TEST(LibsvmModel, IsCheckedStrictly) {
  const std::string good = kLibsvmModel;
  EXPECT_EQ(refused_model(good), "");
  EXPECT_EQ(refused_model(with(good, "\n", "\r\n")), "");
  EXPECT_EQ(refused_model(with(good, "epsilon_svr", "c_svc")),
            "has svm_type 'c_svc', where epsilon_svr was expected");
  EXPECT_EQ(refused_model(with(good, "rbf", "linear")),
            "has kernel_type 'linear', where rbf was expected");
  EXPECT_EQ(refused_model(with(good, "gamma 0.5\n", "")), "has no gamma");
  EXPECT_EQ(refused_model(with(good, "rho -7\n", "")), "has no rho");
  EXPECT_THAT(refused_model(with(good, "gamma 0.5", "gamma -0.5")), HasSubstr("has gamma -0.5"));
  EXPECT_EQ(refused_model(with(good, "rho -7", "rho nan")),
            "is damaged: rho is 'nan', where a finite number was expected");
  EXPECT_THAT(refused_model(with(good, "rho -7", "rho -7 1")), HasSubstr("several rho"));
  EXPECT_EQ(refused_model(with(good, "total_sv 2", "total_sv 3")),
            "is damaged: it has 2 support vectors, where its head says 3");
  EXPECT_EQ(refused_model(with(good, "36:0", "35:0")),
            "has 35 features, where BRISQUE's 36 were expected");
  EXPECT_THAT(refused_model(with(good, "36:0", "37:0")), HasSubstr("has a feature 37"));
  EXPECT_THAT(refused_model(with(good, "36:0", "3:1 3:1")), HasSubstr("feature 3 after feature 3"));
  EXPECT_THAT(refused_model(with(good, "36:0", "36")), HasSubstr("where index:value was expected"));
  EXPECT_THAT(refused_model(with(good, "36:0", "36:1e")), HasSubstr("a feature is '1e'"));
  EXPECT_THAT(refused_model(with(good, "-3", "1e999")), HasSubstr("a coefficient is '1e999'"));
  EXPECT_THAT(refused_model("hello\n"), HasSubstr("is no LIBSVM model"));
  for (std::size_t size = 0; size + 6 < good.size(); ++size) {
    EXPECT_NE(refused_model(good.substr(0, size)), "") << size;
  }
}

TEST(LibsvmRange, IsCheckedStrictly) {
  const std::string good = libsvm_range();
  EXPECT_EQ(refused_range(good), "");
  EXPECT_THAT(refused_range(with(good, "x\n", "y\n")), HasSubstr("its first line is 'y'"));
  EXPECT_THAT(refused_range(with(good, "-1 1", "1 -1")), HasSubstr("bounds do not rise"));
  EXPECT_EQ(refused_range(with(good, "36 0 2\n", "")),
            "has the ranges of 35 features, where 36 were expected");
  EXPECT_THAT(refused_range(with(good, "36 0 2", "35 0 2")), HasSubstr("a feature 35, where each"));
  EXPECT_THAT(refused_range(with(good, "36 0 2", "37 0 2")), HasSubstr("a feature 37, where each"));
  EXPECT_THAT(refused_range(with(good, "36 0 2", "36 2 2")), HasSubstr("for feature 36"));
  EXPECT_THAT(refused_range(with(good, "36 0 2", "36 0")), HasSubstr("the line '36 0'"));
  EXPECT_THAT(refused_range(with(good, "36 0 2", "36 0 inf")), HasSubstr("finite number"));
  EXPECT_NE(refused_range(""), "");
  EXPECT_NE(refused_range("x\n"), "");
}

TEST(OpencvModel, IsCheckedStrictly) {
  const std::string good = opencv_model();
  EXPECT_EQ(refused_model(good), "");
  EXPECT_EQ(refused_model(with(with(good, "index: [ 1, 0 ]", ""), "-3., 2.", "2., -3.")), "");
  EXPECT_EQ(refused_model(with(good, "EPS_SVR", "C_SVC")),
            "has svmType 'C_SVC', where EPS_SVR was expected");
  EXPECT_THAT(refused_model(with(good, "type: RBF", "type: POLY")),
              HasSubstr("kernel type 'POLY'"));
  EXPECT_THAT(refused_model(with(good, "var_count: 36", "var_count: 35")),
              HasSubstr("has 35 features"));
  EXPECT_THAT(refused_model(with(good, "sv_total: 2", "sv_total: 3")),
              HasSubstr("3 support vectors"));
  EXPECT_THAT(refused_model(with(good, "sv_total: 2", "sv_total: 99999999999")),
              HasSubstr("99999999999 support vectors"));
  EXPECT_THAT(refused_model(with(good, "alpha: [ -3., 2. ]", "alpha: [ -3. ]")),
              HasSubstr("'alpha' has 1 numbers, where 2"));
  EXPECT_THAT(refused_model(with(good, "index: [ 1, 0 ]", "index: [ 2, 0 ]")),
              HasSubstr("a vector that is not there"));
  EXPECT_THAT(refused_model(with(good, "rho: -7.", "rho: .Nan")), HasSubstr("finite number"));
  EXPECT_THAT(refused_model(with(good, "rho: -7.", "")), HasSubstr("has no 'rho'"));
  EXPECT_THAT(refused_model(with(good, "rho: -7.", "rho: -7.\n rho: -8.")),
              HasSubstr("has several 'rho'"));
  EXPECT_THAT(refused_model(opencv_range()), HasSubstr("has no 'opencv_ml_svm'"));
  EXPECT_THAT(refused_model("%YAML:1.0\n3 4\n"), HasSubstr("values before any key"));
  for (std::size_t size = 5; size + 28 < good.size(); size += 3) {
    EXPECT_NE(refused_model(good.substr(0, size)), "") << size;
  }
}

TEST(OpencvRange, IsCheckedStrictly) {
  const std::string good = opencv_range();
  EXPECT_EQ(refused_range(good), "");
  EXPECT_THAT(refused_range(with(good, "cols: 36", "cols: 35")), HasSubstr("2 rows and 36"));
  EXPECT_THAT(refused_range(with(good, "2.,", "")), HasSubstr("has 71 numbers"));
  EXPECT_THAT(refused_range(with(good, "2.,", "-1.,")), HasSubstr("the range 0.000000 to -1"));
  EXPECT_THAT(refused_range(opencv_model()), HasSubstr("has no 'range'"));
}

}  // namespace
}  // namespace vcisr::metrics
