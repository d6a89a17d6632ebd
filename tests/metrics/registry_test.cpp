// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/registry.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

MetricPtr make(const std::string& yaml) { return registry().make(Config::parse(yaml)); }

std::string refusal(const std::string& yaml) {
  try {
    (void)make(yaml);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(MetricRegistry, BuildsEachMemberFromItsExample) {
  const torch::Tensor hq = golden_reference(32, 40);
  for (const auto& entry : registry().entries()) {
    const MetricPtr metric = make(entry.example);
    EXPECT_EQ(metric->name(), entry.name + "_y");
    const double close = (*metric)(golden_distorted(hq), hq);
    const double far = (*metric)(255 - hq, hq);
    EXPECT_EQ(metric->higher_is_better(), close > far) << entry.name;
  }
}

TEST(MetricRegistry, ReadsBasicsrsSections) {
  const torch::Tensor hq = golden_reference(32, 40);
  const torch::Tensor restored = golden_distorted(hq);
  const auto rgb =
      make("{type: calculate_psnr, crop_border: 4, test_y_channel: false, better: higher}");
  EXPECT_EQ(rgb->name(), "psnr");
  EXPECT_TRUE(rgb->higher_is_better());
  EXPECT_EQ((*rgb)(restored, hq), psnr_db(restored, hq, {.crop_border_px = 4}));
  const auto luma = make("{type: calculate_ssim, test_y_channel: true, input_order: HWC}");
  EXPECT_EQ(luma->name(), "ssim_y");
  EXPECT_EQ((*luma)(restored, hq), ssim(restored, hq, {.channels = Channels::kBasicsrY}));
}

TEST(MetricRegistry, SaysWhatItKnows) {
  EXPECT_THAT(refusal("{type: niqe, crop_border: 4}"),
              HasSubstr("type: unknown metric 'niqe' (known: psnr, ssim)"));
  EXPECT_THAT(refusal("{type: calculate_pnsr}"), HasSubstr("did you mean 'calculate_psnr'?"));
  EXPECT_THAT(refusal("{type: psnr, crop_boarder: 4}"), HasSubstr("did you mean 'crop_border'?"));
  EXPECT_THAT(refusal("{type: psnr, crop_border: -1}"), HasSubstr("crop_border"));
  EXPECT_THAT(refusal("{type: ssim, better: lower}"), HasSubstr("higher is better in ssim"));
}

}  // namespace
}  // namespace vcisr::metrics
