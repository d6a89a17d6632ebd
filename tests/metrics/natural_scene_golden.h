// SPDX-License-Identifier: Apache-2.0
// The cases of tests/golden/natural_scene_metrics.json and the made-up model that they use.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "metrics/golden_pictures.h"
#include "vcisr/metrics/niqe.h"

namespace vcisr::metrics {

inline nlohmann::json natural_scene_cases() {
  std::ifstream file(VCISR_GOLDEN_DIR "/natural_scene_metrics.json");
  return nlohmann::json::parse(file).at("cases");
}

/// float32 in [0, 1].
inline torch::Tensor unit_picture(const torch::Tensor& rgb) {
  return rgb.to(torch::kFloat32).div(255);
}

inline torch::Tensor natural_scene_picture(const nlohmann::json& example) {
  const torch::Tensor reference = golden_reference(example.at("height"), example.at("width"));
  return unit_picture(example.at("picture") == "reference" ? reference
                                                           : golden_distorted(reference));
}

inline NiqeModel made_up_niqe_model() {
  NiqeModel model;
  model.name = "made up";
  for (int i = 0; i < static_cast<int>(kNiqeFeatures); ++i) {
    model.mean.push_back((1 + i % 5) / 5.0);
    for (int j = 0; j < static_cast<int>(kNiqeFeatures); ++j) {
      model.covariance.push_back(0.05 / (1 + std::abs(i - j)) + (i == j ? 0.1 : 0.0));
    }
  }
  return model;
}

}  // namespace vcisr::metrics
