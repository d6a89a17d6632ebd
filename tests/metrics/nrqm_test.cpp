// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/nrqm.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "metrics/published_images.h"

namespace vcisr::metrics {
namespace {

using ::testing::HasSubstr;

// The published tolerances: f1 and the shapes 0.002, similarities 1e-4, singular values 1e-4
// relative.
constexpr double kShapeTolerance = 0.002;
constexpr double kSimilarityTolerance = 1e-4;
constexpr double kSingularValueTolerance = 1e-4;
constexpr std::size_t kShapesOfBands = 18;

torch::Tensor as_float(const torch::Tensor& samples) {
  return samples.to(torch::kFloat32).div(255.0);
}

torch::Tensor picture(std::int64_t height, std::int64_t width) {
  return as_float(golden_distorted(golden_reference(height, width)));
}

std::string error_of(const torch::Tensor& rgb) {
  try {
    (void)nrqm_features(rgb);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "nothing was thrown";
}

void expect_features(const NrqmFeatures& features, const nlohmann::json& dct,
                     const nlohmann::json& steerable, const nlohmann::json& singular_values) {
  ASSERT_EQ(dct.size(), features.dct.size());
  ASSERT_EQ(steerable.size(), features.steerable.size());
  ASSERT_EQ(singular_values.size(), features.singular_values.size());
  for (std::size_t i = 0; i < dct.size(); ++i) {
    EXPECT_NEAR(features.dct[i], dct[i].get<double>(), kShapeTolerance) << "DCT feature " << i;
  }
  for (std::size_t i = 0; i < steerable.size(); ++i) {
    EXPECT_NEAR(features.steerable[i], steerable[i].get<double>(),
                i < kShapesOfBands ? kShapeTolerance : kSimilarityTolerance)
        << "steerable feature " << i;
  }
  for (std::size_t i = 0; i < singular_values.size(); ++i) {
    const auto expected = singular_values[i].get<double>();
    EXPECT_NEAR(features.singular_values[i], expected, kSingularValueTolerance * expected)
        << "singular value " << i;
  }
}

TEST(Nrqm, FeaturesAgreeWithTheGoldenNumbers) {
  std::ifstream file(VCISR_GOLDEN_DIR "/nrqm_features.json");
  const nlohmann::json golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden.at("cases").size(), 3u);
  for (const auto& expected : golden.at("cases")) {
    const std::int64_t height = expected.at("height");
    const std::int64_t width = expected.at("width");
    SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height));
    expect_features(nrqm_features(picture(height, width)), expected.at("dct"),
                    expected.at("steerable"), expected.at("singular_values"));
  }
}

TEST(Nrqm, FeaturesOfPhotographsAgreeWithPyiqa) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  int compared = 0;
  for_each_published_image([&compared](const PublishedImage& image) {
    if (!image.numbers.contains("nrqm_features_of_distorted")) return;
    const auto& expected = image.numbers.at("nrqm_features_of_distorted");
    expect_features(nrqm_features(as_float(image.distorted)), expected.at("f1_dct"),
                    expected.at("f2_gsm"), expected.at("f3_svd"));
    ++compared;
  });
  EXPECT_EQ(compared, 2);
}

TEST(Nrqm, FeaturesDoNotDependOnStridesOrThreads) {
  const torch::Tensor rgb = picture(97, 141);
  const NrqmFeatures expected = nrqm_features(rgb);
  const torch::Tensor interleaved = rgb.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  NrqmFeatures others[2];
  std::thread first([&] { others[0] = nrqm_features(interleaved); });
  std::thread second([&] { others[1] = nrqm_features(rgb); });
  first.join();
  second.join();
  for (const NrqmFeatures& features : others) {
    for (std::size_t i = 0; i < expected.dct.size(); ++i) {
      EXPECT_NEAR(features.dct[i], expected.dct[i], 1e-9);
    }
    for (std::size_t i = 0; i < expected.steerable.size(); ++i) {
      EXPECT_NEAR(features.steerable[i], expected.steerable[i],
                  i < kShapesOfBands ? 0.0011 : 1e-9);  // a step of the grid of shapes
    }
    for (std::size_t i = 0; i < expected.singular_values.size(); ++i) {
      EXPECT_NEAR(features.singular_values[i], expected.singular_values[i], 1e-9);
    }
  }
}

TEST(Nrqm, FeaturesAreFiniteWhereMostOfThePictureIsFlat) {
  const auto expect_finite = [](const torch::Tensor& rgb) {
    const NrqmFeatures features = nrqm_features(rgb);
    for (const double value : features.dct) EXPECT_TRUE(std::isfinite(value));
    for (const double value : features.steerable) EXPECT_TRUE(std::isfinite(value));
    for (const double value : features.singular_values) EXPECT_TRUE(std::isfinite(value));
  };
  torch::Tensor letterboxed = torch::zeros({3, 192, 200});
  letterboxed.narrow(1, 48, 96).copy_(picture(96, 200));
  expect_finite(letterboxed);
  torch::Tensor one_dot = torch::zeros({3, 84, 84});
  one_dot.select(2, 40).select(1, 40).fill_(1.0);
  expect_finite(one_dot);
  // Stripes have no detail at all in most orientations.
  expect_finite((torch::arange(96).remainder(2).view({1, 1, 96}) * torch::ones({3, 96, 1}))
                    .to(torch::kFloat32));
}

TEST(Nrqm, NamesThePicturesItCannotMeasure) {
  EXPECT_THAT(error_of(picture(83, 84)), HasSubstr("NRQM needs at least 84x84 pixels"));
  EXPECT_THAT(error_of(picture(84, 83)), HasSubstr("83x84"));
  EXPECT_THAT(error_of(torch::full({3, 84, 84}, 0.5f)), HasSubstr("NRQM is not defined"));
  torch::Tensor broken = picture(84, 84);
  broken[1][3][4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of(broken), HasSubstr("NRQM needs samples from 0 to 1"));
  EXPECT_THAT(error_of(picture(84, 84).to(torch::kFloat64)), HasSubstr("float32"));
  EXPECT_THAT(error_of(picture(84, 84)[0]), HasSubstr("[3, H, W]"));
  EXPECT_THAT(error_of({}), HasSubstr("NRQM needs"));
}

}  // namespace
}  // namespace vcisr::metrics
