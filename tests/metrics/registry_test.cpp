// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/registry.h"

#include <cmath>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/delta.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

MetricPtr make(const std::string& yaml) { return registry().make(Config::parse(yaml)); }

template <class Failure = ConfigError>
std::string refusal(const std::string& yaml) {
  try {
    (void)make(yaml);
  } catch (const Failure& error) {
    return error.what();
  }
  return "";
}

/// Metrics whose examples need no file from elsewhere.
bool is_self_contained(const std::string& name) {
  static const std::set<std::string> kOthers = {"niqe",           "niqe-basicsr", "brisque",
                                                "brisque-opencv", "nrqm",         "pi",
                                                "script",         "vmaf",         "vmaf_neg"};
  return !kOthers.contains(name);
}

/// A frame of a film, with planes 4:2:0 of its own and a rule-made RGB.
PicturePtr frame_of(const torch::Tensor& rgb) {
  FrameSamples samples{rgb.size(1), rgb.size(2), 8, {}};
  samples.planes = {rgb[1].clone(), rgb[0].slice(0, 0, {}, 2).slice(1, 0, {}, 2).contiguous(),
                    rgb[2].slice(0, 0, {}, 2).slice(1, 0, {}, 2).contiguous()};
  return std::make_shared<const Picture>(std::move(samples), [rgb] { return rgb; });
}

Comparison comparison(const torch::Tensor& distorted, const torch::Tensor& reference) {
  Comparison result;
  result.distorted = frame_of(distorted);
  result.reference = frame_of(reference);
  result.previous_distorted = frame_of(reference);
  result.previous_reference = frame_of(reference);
  return result;
}

TEST(MetricRegistry, BuildsEachMemberFromItsExample) {
  const torch::Tensor hq = golden_reference(176, 184);
  for (const auto& entry : registry().entries()) {
    if (!is_self_contained(entry.name)) continue;
    const MetricPtr metric = make(entry.example);
    const auto& info = metric->info();
    EXPECT_FALSE(info.protocol.empty());
    const auto close = metric->measure(comparison(golden_distorted(hq), hq)).values;
    const auto far = metric->measure(comparison(255 - hq, hq)).values;
    ASSERT_EQ(close.size(), info.columns.size()) << entry.name;
    for (std::size_t i = 0; i < close.size(); ++i) {
      EXPECT_TRUE(std::isfinite(close[i])) << info.columns[i].name;
      EXPECT_EQ(info.columns[i].better == Better::kHigher, close[i] > far[i])
          << info.columns[i].name;
    }
  }
}

TEST(MetricRegistry, PooledNumbersOfOneFrameAreTheFramesOwn) {
  const torch::Tensor hq = golden_reference(176, 184);
  for (const auto& entry : registry().entries()) {
    if (!is_self_contained(entry.name)) continue;
    const MetricPtr metric = make(entry.example);
    const auto scores = metric->measure(comparison(golden_distorted(hq), hq));
    const auto pooled =
        scores.terms.empty() ? std::vector<PooledScore>{} : metric->pooled(scores.terms);
    for (std::size_t i = 0; i < pooled.size(); ++i) {
      EXPECT_EQ(pooled[i].column.name, metric->info().columns[i].name + "_pooled");
      EXPECT_NEAR(pooled[i].value, scores.values[i], 1e-9) << entry.name;
    }
  }
}

TEST(MetricRegistry, ReadsBasicsrsSections) {
  const torch::Tensor hq = golden_reference(32, 40);
  const torch::Tensor restored = golden_distorted(hq);
  const auto rgb =
      make("{type: calculate_psnr, crop_border: 4, test_y_channel: false, better: higher}");
  EXPECT_EQ(rgb->info().columns.front().name, "psnr");
  EXPECT_EQ(score(*rgb, restored, hq), psnr_db(restored, hq, {.crop_border_px = 4}));
  const auto luma = make("{type: calculate_ssim, test_y_channel: true, input_order: HWC}");
  EXPECT_EQ(luma->info().columns.front().name, "ssim_y");
  // float32 within a window against double throughout.
  EXPECT_NEAR(score(*luma, restored, hq), ssim(restored, hq, {.channels = Channels::kBasicsrY}),
              1e-6);
}

TEST(MetricRegistry, SaysWhatItKnows) {
  EXPECT_THAT(refusal("{type: calculate_pnsr}"), HasSubstr("did you mean 'calculate_psnr'?"));
  EXPECT_THAT(refusal("{type: psnr, crop_boarder: 4}"), HasSubstr("did you mean 'crop_border'?"));
  EXPECT_THAT(refusal("{type: psnr, crop_border: -1}"), HasSubstr("crop_border"));
  EXPECT_THAT(refusal("{type: ssim, better: lower}"), HasSubstr("higher is better in ssim"));
  EXPECT_THAT(refusal("{type: flicker, better: higher}"), HasSubstr("lower is better in flicker"));
  EXPECT_THAT(refusal("{type: psnr_stdo, grid: 10x, scale: 4}"),
              HasSubstr("patches across times patches down, such as 10x5"));
  EXPECT_THAT(refusal("{type: psnr_stdo, grid: 10x5, scale: 4, crop_border: 4}"),
              HasSubstr("psnr_stdo looks at whole pictures"));
}

TEST(MetricRegistry, SaysWhichModelIsMissingAndWhereItIsKept) {
  const auto text = refusal<CheckpointError>("{type: nrqm, model_folders: [/nowhere]}");
  EXPECT_THAT(text, HasSubstr("nrqm needs the file NRQM_model.mat, which is in none of the folders "
                              "/nowhere, "));
  EXPECT_THAT(text, HasSubstr("github.com/chaoma99/sr-metric"));
  EXPECT_THAT(refusal<CheckpointError>("{type: niqe, model: /nowhere/mine.npz}"),
              HasSubstr("/nowhere/mine.npz: no such file (niqe needs niqe_pris_params.npz)"));
}

TEST(MetricRegistry, CropsBeforeItMeasures) {
  const torch::Tensor hq = golden_reference(40, 44);
  torch::Tensor framed = hq.clone();
  framed.slice(1, 4, 36).slice(2, 4, 40).copy_(255 - hq.slice(1, 4, 36).slice(2, 4, 40));
  const torch::Tensor inside = golden_distorted(hq).slice(1, 4, 36).slice(2, 4, 40);
  torch::Tensor distorted = 255 - hq;
  distorted.slice(1, 4, 36).slice(2, 4, 40).copy_(inside);
  const torch::Tensor hq_inside = hq.slice(1, 4, 36).slice(2, 4, 40).contiguous();
  for (const std::string name :
       {"psnr", "psnr_y", "psnr_y_full", "ssim", "ssim_uniform", "psnr_b"}) {
    const auto cropped = make("{type: " + name + ", crop_border: 4}");
    const auto whole = make("{type: " + name + "}");
    EXPECT_NEAR(score(*cropped, distorted, hq), score(*whole, inside.contiguous(), hq_inside), 1e-9)
        << name;
  }
}

TEST(Delta, IsTheGainOverTheCompressedSource) {
  const torch::Tensor hq = golden_reference(32, 40);
  const torch::Tensor compressed = golden_distorted(hq);
  const torch::Tensor restored =
      ((compressed.to(torch::kInt32) + hq.to(torch::kInt32)) / 2).to(torch::kUInt8);
  const auto metric = with_delta(make("{type: psnr}"));
  auto given = comparison(restored, hq);
  given.compressed = frame_of(compressed);
  const auto scores = metric->measure(given);
  ASSERT_EQ(metric->info().columns.size(), 3U);
  EXPECT_EQ(metric->info().columns[1].name, "psnr_compressed");
  EXPECT_EQ(metric->info().columns[2].name, "delta_psnr");
  EXPECT_NEAR(scores.values[0], psnr_db(restored, hq), 1e-9);
  EXPECT_NEAR(scores.values[1], psnr_db(compressed, hq), 1e-9);
  EXPECT_NEAR(scores.values[2], scores.values[0] - scores.values[1], 1e-12);
  EXPECT_GT(scores.values[2], 3);
  const auto pooled = metric->pooled(scores.terms);
  ASSERT_EQ(pooled.size(), 3U);
  EXPECT_EQ(pooled[2].column.name, "delta_psnr_pooled");
  EXPECT_NEAR(pooled[2].value, scores.values[2], 1e-9);
}

TEST(Delta, HasNoValueForIdenticalFrames) {
  const torch::Tensor hq = golden_reference(32, 40);
  auto given = comparison(hq, hq);
  given.compressed = frame_of(golden_distorted(hq));
  const auto scores = with_delta(make("{type: psnr}"))->measure(given);
  EXPECT_TRUE(std::isinf(scores.values[0]));
  EXPECT_TRUE(std::isfinite(scores.values[1]));
  EXPECT_TRUE(std::isnan(scores.values[2]));
  EXPECT_THROW((void)with_delta(make("{type: flicker}")), ConfigError);
}

}  // namespace
}  // namespace vcisr::metrics
