// SPDX-License-Identifier: Apache-2.0
// The registry's metrics against the published programs' numbers on 24 photographs; prints the
// table of docs/numerics.md.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/model_files.h"
#include "metrics/published_images.h"
#include "vcisr/metrics/registry.h"

namespace vcisr::metrics {
namespace {

/// A column of the file and the metric that claims to be it.
struct Claim {
  std::string column;
  std::string yaml;
  double tolerance;  ///< The file's own, whose reasons it states.
  MetricPtr metric = nullptr;
  double worst = 0;
  int count = 0;
};

void compare(Claim& claim, const torch::Tensor& distorted, const torch::Tensor& reference,
             double expected) {
  if (!claim.metric) claim.metric = registry().make(Config::parse(claim.yaml));
  const double deviation = std::abs(score(*claim.metric, distorted, reference) - expected);
  EXPECT_LE(deviation, claim.tolerance) << claim.column;
  claim.worst = std::max(claim.worst, deviation);
  ++claim.count;
}

void print(const std::vector<Claim>& claims) {
  for (const auto& claim : claims) {
    std::printf("| `%s` | %s | %d | %.1e | %.0e |\n",
                registry().make(Config::parse(claim.yaml))->info().name.c_str(),
                claim.column.c_str(), claim.count, claim.worst, claim.tolerance);
  }
}

TEST(PublishedMetrics, FullReferenceColumnsAreMet) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  std::vector<Claim> claims;
  const auto claim = [&claims](const std::string& column, const std::string& yaml,
                               double tolerance) {
    claims.push_back({column, yaml, tolerance});
  };
  claim("psnr_rgb", "{type: psnr}", 1e-6);
  claim("psnr_rgb_crop4", "{type: psnr, crop_border: 4}", 1e-6);
  claim("psnr_y_basicsr", "{type: psnr_y}", 1e-4);
  claim("psnr_y_basicsr_crop4", "{type: psnr, test_y_channel: true, crop_border: 4}", 1e-4);
  claim("psnr_y_matlab_rounded", "{type: psnr_y_matlab}", 1e-3);
  claim("psnr_y_fullrange_rounded", "{type: psnr_y_full}", 2e-3);
  claim("psnr_y_pyiqa", "{type: psnr_y_pyiqa}", 1e-3);
  claim("ssim_y_basicsr", "{type: ssim_y}", 1e-6);
  claim("ssim_y_basicsr_crop4", "{type: ssim, test_y_channel: true, crop_border: 4}", 1e-6);
  claim("ssim_rgb_basicsr", "{type: ssim}", 1e-6);
  claim("ssim_rgb_skimage_gaussian", "{type: ssim}", 1e-6);
  claim("ssim_y_pyiqa", "{type: ssim_y_pyiqa}", 1e-4);
  claim("ssim_rgb_skimage_uniform7", "{type: ssim_uniform}", 1e-6);
  claim("ssim_fullrange_y_skimage_uniform7", "{type: ssim_uniform_y}", 2e-5);
  claim("ms_ssim_rgb", "{type: ms_ssim}", 1e-5);
  claim("ms_ssim_y_pyiqa", "{type: ms_ssim_y_pyiqa}", 2e-4);
  claim("psnr_b_fullrange_y", "{type: psnr_b}", 2e-3);
  for_each_published_image([&claims](const PublishedImage& image) {
    const auto& numbers = image.numbers.at("full_reference");
    EXPECT_EQ(numbers.size(), claims.size()) << "a column is not claimed";
    for (auto& one : claims) {
      compare(one, image.distorted, image.reference, numbers.at(one.column).get<double>());
    }
  });
  print(claims);
}

TEST(PublishedMetrics, NoReferenceColumnsAreMet) {
  VCISR_SKIP_WITHOUT_SHARED(kPublishedMetrics);
  for (const std::string file : {"niqe_pris_params.npz", "brisque_model_live.yml"}) {
    const auto folders = default_model_folders();
    if (std::none_of(folders.begin(), folders.end(), [&file](const auto& folder) {
          return std::filesystem::exists(folder / file);
        })) {
      GTEST_SKIP() << file << " is not here (tools/setup.sh brings it)";
    }
  }
  // Luma in float32 as pyiqa has it; references have flat areas (see the file's reasons).
  std::vector<Claim> distorted;
  distorted.push_back({"niqe_pyiqa", "{type: niqe}", 2e-3});
  distorted.push_back({"niqe_basicsr", "{type: niqe-basicsr}", 2e-3});
  distorted.push_back({"brisque_pyiqa_features_opencv_svm", "{type: brisque-opencv}", 0.1});
  std::vector<Claim> references;
  references.push_back({"niqe_pyiqa", "{type: niqe}", 2e-3});
  references.push_back({"niqe_basicsr", "{type: niqe-basicsr}", 5e-2});
  for_each_published_image([&](const PublishedImage& image) {
    const auto& of_distorted = image.numbers.at("no_reference_of_distorted");
    const auto& of_reference = image.numbers.at("no_reference_of_reference");
    for (auto& one : distorted) {
      compare(one, image.distorted, image.reference, of_distorted.at(one.column).get<double>());
    }
    for (auto& one : references) {
      compare(one, image.reference, image.reference, of_reference.at(one.column).get<double>());
    }
  });
  print(distorted);
  print(references);
}

}  // namespace
}  // namespace vcisr::metrics
