// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/niqe.h"

#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/natural_scene_golden.h"
#include "metrics/niqe_features.h"
#include "metrics/published_images.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPublishedModel =
    VCISR_TOOL_DIR "/../share/vcisr/metric-models/niqe_pris_params.npz";

std::string refusal(const torch::Tensor& rgb, NiqeConvention convention) {
  try {
    (void)niqe(rgb, made_up_niqe_model(), convention);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

TEST(Niqe, AgreesWithAnIndependentProgramOnRuleMadePictures) {
  int compared = 0;
  for (const auto& example : natural_scene_cases()) {
    if (!example.contains("niqe")) continue;
    const torch::Tensor rgb = natural_scene_picture(example);
    EXPECT_NEAR(niqe(rgb, made_up_niqe_model(), NiqeConvention::kPyiqa), example.at("niqe"), 1e-5);
    const NiqeRow first = niqe_blocks(rgb, NiqeConvention::kPyiqa).features.at(0);
    for (std::size_t i = 0; i < kNiqeFeatures; ++i) {
      EXPECT_NEAR(first[i], example.at("niqe_first_block").at(i), 1e-6) << i;
    }
    if (example.contains("niqe_basicsr")) {
      EXPECT_NEAR(niqe(rgb, made_up_niqe_model(), NiqeConvention::kBasicsr),
                  example.at("niqe_basicsr"), 1e-4);
    }
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(Niqe, OfOneBlockIsThePlainDistanceInPyiqaAndNoneInBasicsr) {
  const torch::Tensor rgb = unit_picture(golden_reference(96, 120));
  NiqeModel model{std::vector<double>(kNiqeFeatures, 0.0),
                  std::vector<double>(kNiqeFeatures * kNiqeFeatures, 0.0), "identity"};
  for (std::size_t i = 0; i < kNiqeFeatures; ++i) model.covariance[i * kNiqeFeatures + i] = 2.0;
  const NiqeRow row = niqe_blocks(rgb, NiqeConvention::kPyiqa).features.at(0);
  const double square = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
  EXPECT_NEAR(niqe(rgb, model, NiqeConvention::kPyiqa), std::sqrt(square), 1e-9);
  EXPECT_EQ(refusal(rgb, NiqeConvention::kBasicsr),
            "BasicSR's NIQE needs at least 2 blocks of 96x96 pixels that are not flat, but the "
            "picture has 1 of 1");
}

TEST(Niqe, LeavesTheRightAndLowerRestOut) {
  const torch::Tensor rgb = unit_picture(golden_reference(192, 200));
  torch::Tensor changed = unit_picture(golden_reference(200, 230));
  changed.narrow(2, 192, 38).fill_(0.5);
  changed.narrow(1, 192, 8).fill_(0.25);
  for (const NiqeConvention convention : {NiqeConvention::kPyiqa, NiqeConvention::kBasicsr}) {
    EXPECT_EQ(niqe(rgb, made_up_niqe_model(), convention),
              niqe(changed, made_up_niqe_model(), convention));
  }
}

TEST(Niqe, LeavesFlatBlocksOutOfTheCovariance) {
  torch::Tensor rgb = unit_picture(golden_reference(192, 288));
  rgb.narrow(1, 0, 96).narrow(2, 0, 96).fill_(0.5);
  const NiqeBlocks blocks = niqe_blocks(rgb, NiqeConvention::kBasicsr);
  EXPECT_EQ(blocks.features.size(), 6u);
  EXPECT_GT(niqe(rgb, made_up_niqe_model(), NiqeConvention::kPyiqa), 0.0);
  const NiqeRow row = {std::numeric_limits<double>::quiet_NaN(), 2.0};
  const NiqeRow other = {4.0, 6.0};
  EXPECT_FALSE(is_complete(row));
  EXPECT_EQ(mean_of({row, other})[0], 4.0);
  EXPECT_EQ(mean_of({row, other})[1], 4.0);
  EXPECT_EQ(covariance_of({{1.0, 2.0}, {3.0, 8.0}})[1], 6.0);
  EXPECT_EQ(covariance_of({other})[0], 0.0);
}

TEST(Niqe, RefusesInOneSentence) {
  const torch::Tensor rgb = unit_picture(golden_reference(100, 100));
  EXPECT_EQ(refusal(rgb.narrow(1, 0, 95), NiqeConvention::kPyiqa),
            "NIQE needs at least 96x96 pixels, but the picture has 100x95");
  EXPECT_THAT(refusal(rgb.narrow(2, 0, 1), NiqeConvention::kBasicsr),
              HasSubstr("BasicSR's NIQE needs at least 96x96 pixels, but the picture has 1x100"));
  EXPECT_THAT(refusal(torch::full({3, 96, 96}, 0.5f), NiqeConvention::kPyiqa),
              HasSubstr("not defined for a picture of one brightness"));
  EXPECT_THAT(refusal(rgb * std::numeric_limits<float>::infinity(), NiqeConvention::kPyiqa),
              HasSubstr("samples from 0 to 1"));
  EXPECT_THROW((void)niqe(rgb, NiqeModel(), NiqeConvention::kPyiqa), c10::Error);
  torch::Tensor almost_flat = torch::full({3, 96, 192}, 0.5f);
  almost_flat.narrow(1, 0, 1).narrow(2, 0, 1).fill_(0.6f);
  EXPECT_THAT(refusal(almost_flat, NiqeConvention::kBasicsr), HasSubstr("not flat"));
}

TEST(PublishedNiqe, AgreesOnEveryPhotograph) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  if (!std::filesystem::exists(kPublishedModel)) {
    GTEST_SKIP() << kPublishedModel << " is not here: tools/setup.sh fetches it";
  }
  const NiqeModel model = load_niqe_model(kPublishedModel);
  EXPECT_EQ(model.name, "niqe_pris_params.npz, sha256 2a7c182a");
  for_each_published_image([&model](const PublishedImage& image) {
    const auto& of_reference = image.numbers.at("no_reference_of_reference");
    const auto& of_distorted = image.numbers.at("no_reference_of_distorted");
    const torch::Tensor reference = unit_picture(image.reference);
    const torch::Tensor distorted = unit_picture(image.distorted);
    EXPECT_NEAR(niqe(reference, model, NiqeConvention::kPyiqa), of_reference.at("niqe_pyiqa"),
                2e-3);
    EXPECT_NEAR(niqe(distorted, model, NiqeConvention::kPyiqa), of_distorted.at("niqe_pyiqa"),
                2e-3);
    EXPECT_NEAR(niqe(distorted, model, NiqeConvention::kBasicsr), of_distorted.at("niqe_basicsr"),
                2e-3);
    // Flat areas: float32 rounding noise of the filter decides.
    EXPECT_NEAR(niqe(reference, model, NiqeConvention::kBasicsr), of_reference.at("niqe_basicsr"),
                5e-2);
  });
}

}  // namespace
}  // namespace vcisr::metrics
