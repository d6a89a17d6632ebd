// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/brisque.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/natural_scene_golden.h"
#include "metrics/published_images.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOpencvModel = "/usr/share/opencv4/quality/brisque_model_live.yml";
constexpr const char* kOpencvRange = "/usr/share/opencv4/quality/brisque_range_live.yml";

/// Float32 noise decides signs on their clipped and flat areas.
constexpr std::array<std::string_view, 6> kClippedReferences = {
    "set5/img_002.png",  "set5/img_004.png",  "set5/img_005.png",
    "set14/img_006.png", "set14/img_008.png", "set14/img_013.png"};

bool is_shape(std::size_t feature) {
  const std::size_t at = feature % 18;
  return at == 0 || (at >= 2 && at % 4 == 2);
}

void expect_features(const BrisqueFeatures& features, const nlohmann::json& expected) {
  ASSERT_EQ(expected.size(), kBrisqueFeatures);
  for (std::size_t i = 0; i < kBrisqueFeatures; ++i) {
    const double value = expected.at(i);
    const double tolerance = is_shape(i) ? 0.002 : 2e-4 + 1e-3 * std::abs(value);
    EXPECT_NEAR(features[i], value, tolerance) << "feature " << i + 1;
  }
}

std::string refusal(const torch::Tensor& rgb) {
  try {
    (void)brisque_features(rgb);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

TEST(BrisqueFeatures, AgreeWithAnIndependentProgramOnRuleMadePictures) {
  for (const auto& example : natural_scene_cases()) {
    const BrisqueFeatures features = brisque_features(natural_scene_picture(example));
    for (std::size_t i = 0; i < kBrisqueFeatures; ++i) {
      EXPECT_NEAR(features[i], example.at("brisque_features").at(i), 1e-7) << i;
    }
  }
}

TEST(BrisqueFeatures, OfSmallAndOddPicturesAreDefined) {
  for (const auto& [height, width] : {std::pair(8, 8), std::pair(9, 33), std::pair(31, 8)}) {
    torch::Tensor rgb = torch::empty({3, height, width});
    auto samples = rgb.accessor<float, 3>();
    for (std::int64_t c = 0; c < 3; ++c) {
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
          samples[c][y][x] = static_cast<float>(hash32(x, y, c, 11) % 256) / 255.0f;
        }
      }
    }
    for (const double value : brisque_features(rgb)) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(BrisqueFeatures, AreRefusedInOneSentence) {
  const torch::Tensor rgb = unit_picture(golden_reference(12, 12));
  EXPECT_EQ(refusal(rgb.narrow(1, 0, 1).narrow(2, 0, 1)),
            "BRISQUE needs at least 8x8 pixels, but the picture has 1x1");
  EXPECT_THAT(refusal(torch::full({3, 32, 32}, 0.25f)),
              HasSubstr("BRISQUE is not defined for a picture of one brightness"));
  EXPECT_THAT(refusal(rgb * std::numeric_limits<float>::quiet_NaN()),
              HasSubstr("BRISQUE needs samples from 0 to 1"));
  EXPECT_THAT(refusal(golden_reference(12, 12)), HasSubstr("float32"));
  // A single bright pixel in the dark: no product is negative.
  torch::Tensor spot = torch::zeros({3, 8, 8});
  spot.narrow(1, 0, 1).narrow(2, 0, 1).fill_(0.002f);
  EXPECT_THAT(refusal(spot), HasSubstr("BRISQUE is not defined"));
}

TEST(PublishedBrisque, FeaturesAgreeOnEveryPhotograph) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  for_each_published_image([](const PublishedImage& image) {
    expect_features(brisque_features(unit_picture(image.distorted)),
                    image.numbers.at("no_reference_of_distorted").at("brisque_features_pyiqa"));
    if (std::find(kClippedReferences.begin(), kClippedReferences.end(), image.name) !=
        kClippedReferences.end()) {
      return;
    }
    expect_features(brisque_features(unit_picture(image.reference)),
                    image.numbers.at("no_reference_of_reference").at("brisque_features_pyiqa"));
  });
}

TEST(PublishedBrisque, ScoresWithOpencvsModelAgreeOnEveryPhotograph) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  if (!std::filesystem::exists(kOpencvModel)) GTEST_SKIP() << kOpencvModel << " is not here";
  const BrisqueModel model = BrisqueModel::load(kOpencvModel, kOpencvRange);
  EXPECT_EQ(model.name(), "opencv brisque_model_live, rho -149.635, 774 support vectors");
  for_each_published_image([&model](const PublishedImage& image) {
    const auto& expected = image.numbers.at("no_reference_of_distorted");
    EXPECT_NEAR(brisque(unit_picture(image.distorted), model),
                expected.at("brisque_pyiqa_features_opencv_svm"), 0.1);
  });
}

}  // namespace
}  // namespace vcisr::metrics
