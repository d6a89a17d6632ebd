// SPDX-License-Identifier: Apache-2.0
// TorchScript metrics: files that tools/export_metric.py writes, and files that are none.
#include <cmath>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "support/subprocess.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/registry.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

/// Small metrics of our own, exported as pyiqa's are.
constexpr const char* kProgram = R"py(
import sys, torch
sys.path.insert(0, sys.argv[1])
import export_metric
class MeanError(torch.nn.Module):
    def forward(self, distorted, reference):
        return (distorted - reference).abs().mean(dim=(1, 2, 3))
class Brightness(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("weights", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1))
    def forward(self, picture):
        return (picture * self.weights).sum(dim=1).mean()
class NotANumber(torch.nn.Module):
    def forward(self, picture):
        return picture.mean() * float("nan")
class BakesItsSize(torch.nn.Module):
    def forward(self, picture):
        return picture.sum() / (picture.shape[2] + int(picture.shape[3]))
folder = sys.argv[2]
export_metric.export_module(MeanError(), folder + "/error.pt", better="lower", reference=True, source="test 1")
export_metric.export_module(Brightness(), folder + "/bright.pt", better="higher", reference=False,
                            smallest_side=48)
torch.jit.save(torch.jit.trace(NotANumber(), torch.rand(1, 3, 8, 8), check_trace=False), folder + "/nan.pt")
torch.jit.save(torch.jit.script(torch.nn.Identity()), folder + "/identity.pt")
try:
    export_metric.export_module(BakesItsSize(), folder + "/size.pt", better="lower", reference=False)
    sys.exit("the size was baked in")
except RuntimeError as error:
    assert "cannot be exported" in str(error), error
)py";

class ScriptMetric : public ::testing::Test {
 protected:
  /// Python takes seconds to load torch: once for all tests.
  static void SetUpTestSuite() {
    if (std::string(VCISR_TORCH_PYTHON).empty()) return;
    folder_ = std::make_unique<tests::TempFolder>();
    const auto program = (*folder_ / "export.py").string();
    std::ofstream(program) << kProgram;
    const auto result = tests::run({VCISR_TORCH_PYTHON, "-W", "ignore", program,
                                    VCISR_SOURCE_DIR "/tools", folder_->path().string()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  void SetUp() override {
    if (!folder_) GTEST_SKIP() << "no Python with torch is known";
  }

  [[nodiscard]] MetricPtr make(const std::string& file, const std::string& more = "") const {
    return registry().make(
        Config::parse("{type: script, file: '" + (*folder_ / file).string() + "'" + more + "}"));
  }

  template <class Failure>
  [[nodiscard]] std::string refusal(const std::string& file, const std::string& more = "") const {
    try {
      (void)make(file, more);
    } catch (const Failure& error) {
      return error.what();
    }
    return "";
  }

  static inline std::unique_ptr<tests::TempFolder> folder_;
};

TEST_F(ScriptMetric, GivesWhatTheNetworkGives) {
  const auto hq = golden_reference(50, 61);
  const auto distorted = golden_distorted(hq);
  const auto metric = make("error.pt", ", name: mean_error");
  const auto& info = metric->info();
  EXPECT_EQ(info.columns.front().name, "mean_error");
  EXPECT_EQ(info.columns.front().better, Better::kLower);
  EXPECT_TRUE(info.needs_reference);
  EXPECT_THAT(info.protocol, HasSubstr("test 1"));
  const double expected =
      (distorted.to(torch::kFloat64) - hq.to(torch::kFloat64)).abs().mean().item<double>() / 255;
  EXPECT_NEAR(score(*metric, distorted, hq), expected, 1e-6);
  EXPECT_NEAR(score(*make("error.pt", ", crop_border: 4"), distorted, hq),
              (distorted.slice(1, 4, 46).slice(2, 4, 57).to(torch::kFloat64) -
               hq.slice(1, 4, 46).slice(2, 4, 57).to(torch::kFloat64))
                      .abs()
                      .mean()
                      .item<double>() /
                  255,
              1e-6);
}

TEST_F(ScriptMetric, KnowsItsSmallestPicture) {
  const auto metric = make("bright.pt");
  EXPECT_FALSE(metric->info().needs_reference);
  const auto hq = golden_reference(50, 61);
  const double expected =
      luma(hq, Luma::kFullRange).to(torch::kFloat64).mean().item<double>() / 255;
  EXPECT_NEAR(score(*metric, hq, hq), expected, 1e-5);
  const auto small = golden_reference(40, 61);
  try {
    (void)score(*metric, small, small);
    FAIL() << "40 rows are too few";
  } catch (const c10::Error& error) {
    EXPECT_THAT(std::string(error.what_without_backtrace()),
                HasSubstr("bright needs at least 48x48 pixels, but it was asked for 61x40"));
  }
}

TEST_F(ScriptMetric, RefusesScoresThatAreNone) {
  const auto hq = golden_reference(16, 16);
  const auto metric = make("nan.pt", ", better: higher");
  EXPECT_THROW((void)score(*metric, hq, hq), c10::Error);
  const auto identity = make("identity.pt", ", better: higher");
  EXPECT_THROW((void)score(*identity, hq, hq), c10::Error);
}

TEST_F(ScriptMetric, RefusesFilesInOneSentence) {
  EXPECT_THAT(refusal<CheckpointError>("none.pt"), HasSubstr("no such TorchScript file"));
  std::ofstream(*folder_ / "text.pt") << "no network";
  EXPECT_THAT(refusal<CheckpointError>("text.pt"), HasSubstr("text.pt: is not a TorchScript file"));
  EXPECT_THAT(refusal<ConfigError>("nan.pt"), HasSubstr("does not say which way is better"));
  EXPECT_THAT(refusal<ConfigError>("error.pt", ", better: higher"),
              HasSubstr("lower is better in script"));
}

}  // namespace
}  // namespace vcisr::metrics
