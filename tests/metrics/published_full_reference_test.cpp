// SPDX-License-Identifier: Apache-2.0
// Every full-reference column of the published numbers, each within the tolerance stated there.
#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/published_images.h"
#include "vcisr/metrics/comparison.h"
#include "vcisr/metrics/luma.h"
#include "vcisr/metrics/ms_ssim.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/psnr_b.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::metrics {
namespace {

using Measure =
    std::function<double(const torch::Tensor& distorted, const torch::Tensor& reference)>;

struct Column {
  Measure measure;
  double tolerance;
};

/// Of two planes, from pictures: the mean over channels.
Measure mean_over_channels(double (*measure)(const torch::Tensor&, const torch::Tensor&)) {
  return [measure](const torch::Tensor& distorted, const torch::Tensor& reference) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < 3; ++c) sum += measure(distorted[c], reference[c]);
    return sum / 3.0;
  };
}

Measure on_luma(Luma kind, double (*measure)(const torch::Tensor&, const torch::Tensor&),
                std::int64_t crop_px = 0) {
  return [=](const torch::Tensor& distorted, const torch::Tensor& reference) {
    const auto plane = [&](const torch::Tensor& rgb) {
      const torch::Tensor y = luma(rgb, kind);
      return y.narrow(0, crop_px, y.size(0) - 2 * crop_px)
          .narrow(1, crop_px, y.size(1) - 2 * crop_px);
    };
    return measure(plane(distorted), plane(reference));
  };
}

double plain_psnr_db(const torch::Tensor& a, const torch::Tensor& b) {
  return psnr_of_mse_db(mean_squared_error(a, b));
}
double pyiqa_psnr_db(const torch::Tensor& a, const torch::Tensor& b) {
  return psnr_pyiqa_db(mean_squared_error(a, b));
}
double signed_ssim(const torch::Tensor& a, const torch::Tensor& b) { return gaussian_ssim(a, b); }
double clamped_ssim(const torch::Tensor& a, const torch::Tensor& b) {
  return gaussian_ssim(a, b, 255.0, SsimTerms::kClamped);
}
double uniform7(const torch::Tensor& a, const torch::Tensor& b) { return uniform_ssim(a, b); }
double clamped_ms_ssim(const torch::Tensor& a, const torch::Tensor& b) {
  return ms_ssim(a, b, 255.0, SsimTerms::kClamped);
}
double blocking_psnr_db(const torch::Tensor& a, const torch::Tensor& b) { return psnr_b_db(a, b); }
double channels_ms_ssim(const torch::Tensor& a, const torch::Tensor& b) {
  return ms_ssim_of_channels(a, b);
}

std::map<std::string, Column> columns() {
  return {
      {"psnr_rgb", {plain_psnr_db, 1e-6}},
      {"psnr_rgb_crop4",
       {[](const auto& a, const auto& b) { return psnr_db(a, b, {.crop_border_px = 4}); }, 1e-6}},
      {"psnr_y_basicsr", {on_luma(Luma::kBasicsr, plain_psnr_db), 1e-4}},
      {"psnr_y_basicsr_crop4", {on_luma(Luma::kBasicsr, plain_psnr_db, 4), 1e-4}},
      {"psnr_y_matlab_rounded", {on_luma(Luma::kMatlabRounded, plain_psnr_db), 1e-3}},
      {"psnr_y_fullrange_rounded", {on_luma(Luma::kFullRangeRounded, plain_psnr_db), 2e-3}},
      {"psnr_y_pyiqa", {on_luma(Luma::kFullRange, pyiqa_psnr_db), 1e-3}},
      {"ssim_y_basicsr", {on_luma(Luma::kBasicsr, signed_ssim), 1e-6}},
      {"ssim_y_basicsr_crop4", {on_luma(Luma::kBasicsr, signed_ssim, 4), 1e-6}},
      {"ssim_rgb_basicsr", {mean_over_channels(signed_ssim), 1e-6}},
      {"ssim_rgb_skimage_gaussian", {mean_over_channels(signed_ssim), 1e-6}},
      {"ssim_y_pyiqa", {on_luma(Luma::kFullRangeRounded, clamped_ssim), 1e-4}},
      {"ssim_rgb_skimage_uniform7", {mean_over_channels(uniform7), 1e-6}},
      {"ssim_fullrange_y_skimage_uniform7", {on_luma(Luma::kFullRangeRounded, uniform7), 2e-5}},
      {"ms_ssim_rgb", {channels_ms_ssim, 1e-5}},
      {"ms_ssim_y_pyiqa", {on_luma(Luma::kFullRangeRounded, clamped_ms_ssim), 2e-4}},
      {"psnr_b_fullrange_y", {on_luma(Luma::kFullRangeRounded, blocking_psnr_db), 2e-3}},
  };
}

TEST(PublishedFullReference, EveryColumnAgrees) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  const auto known = columns();
  std::map<std::string, double> worst;
  for_each_published_image([&](const PublishedImage& image) {
    for (const auto& [name, value] : image.numbers.at("full_reference").items()) {
      ASSERT_TRUE(known.contains(name)) << name;
      const Column& column = known.at(name);
      const double ours = column.measure(image.distorted, image.reference);
      EXPECT_NEAR(ours, value.get<double>(), column.tolerance) << name;
      double& furthest = worst[name];
      furthest = std::max(furthest, std::abs(ours - value.get<double>()));
    }
    // What trainers call: double precision.
    EXPECT_NEAR(ssim(image.distorted, image.reference),
                image.numbers.at("full_reference").at("ssim_rgb_basicsr").get<double>(), 1e-9);
  });
  for (const auto& [name, deviation] : worst)
    RecordProperty("worst_" + name, std::to_string(deviation / known.at(name).tolerance));
}

/// BasicSR's luma of a picture is float32; the mean of 8-bit planes must be that close to double.
TEST(PublishedFullReference, FloatSsimIsWithinATenMillionthOfDouble) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  for_each_published_image([](const PublishedImage& image) {
    for (std::int64_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(gaussian_ssim(image.distorted[c], image.reference[c]),
                  gaussian_ssim_in_double(image.distorted[c], image.reference[c]), 1e-7);
    }
  });
}

}  // namespace
}  // namespace vcisr::metrics
