// SPDX-License-Identifier: Apache-2.0
// The photographs of metrics.json with their distorted versions and the numbers that published
// programs gave for them. Only where shared_data.h finds them.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "support/shared_data.h"
#include "vcisr/core/hash.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::metrics {

inline constexpr const char* kPublishedMetrics = "golden/metrics.json";

struct PublishedImage {
  std::string name;
  torch::Tensor reference;  // uint8 [3, H, W]
  torch::Tensor distorted;
  nlohmann::json numbers;  ///< full_reference, no_reference_of_reference, …
};

/// SHA-256 of the samples row by row, R G B interleaved.
inline std::string sha256_of_rgb(const torch::Tensor& rgb) {
  const torch::Tensor rows = rgb.permute({1, 2, 0}).contiguous();
  return sha256({rows.const_data_ptr<std::uint8_t>(), static_cast<std::size_t>(rows.numel())});
}

/// Calls `check` for each image whose reference and distorted samples have the published hashes.
/// Fails unless 19 are compared: JPEG decoders may differ by a unit in a few, PNG files may not.
template <class Check>
void for_each_published_image(const Check& check) {
  std::ifstream file(shared_path(kPublishedMetrics));
  const nlohmann::json published = nlohmann::json::parse(file);
  int compared = 0;
  for (const auto& [name, numbers] : published.at("images").items()) {
    const torch::Tensor reference = imaging::read_rgb8(shared_path("data/images/" + name));
    if (sha256_of_rgb(reference) != numbers.at("sha256_ref_rgb")) continue;
    const torch::Tensor distorted = golden_distorted(reference);
    EXPECT_EQ(sha256_of_rgb(distorted), numbers.at("sha256_dist_rgb")) << name;
    SCOPED_TRACE(name);
    check(PublishedImage{name, reference, distorted, numbers});
    ++compared;
  }
  EXPECT_GE(compared, 19) << "of " << published.at("images").size() << " images";
}

}  // namespace vcisr::metrics
