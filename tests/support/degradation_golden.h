// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/hash_rule.h"

namespace vcisr::tests {

/// tests/golden/degradation.json, whose "inputs" say how images are made.
inline const nlohmann::json& degradation_golden() {
  static const nlohmann::json golden = [] {
    std::ifstream file(VCISR_GOLDEN_DIR "/degradation.json");
    return nlohmann::json::parse(file);
  }();
  return golden;
}

/// "hash:KEY", "smooth:P" or "mixed:KEY": float32 [1, C, H, W].
inline torch::Tensor golden_image(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto kind = name.substr(0, name.find(':'));
  const auto argument = name.substr(name.find(':') + 1);
  if (kind == "hash") return hash_image(argument, shape).unsqueeze(0);
  const double p = kind == "smooth" ? std::stod(argument) : 0;
  const HashNumbers numbers(argument);
  auto image = torch::empty(shape, torch::kFloat32);
  auto* data = image.data_ptr<float>();
  std::uint64_t index = 0;
  for (std::int64_t c = 0; c < shape[0]; ++c) {
    for (std::int64_t i = 0; i < shape[1]; ++i) {
      for (std::int64_t j = 0; j < shape[2]; ++j, ++index) {
        const auto y = static_cast<double>(i);
        const auto x = static_cast<double>(j);
        const auto z = static_cast<double>(c);
        double value = 0.5 + 0.26 * std::sin(0.13 * y + 0.21 * x + 0.9 * z + p) +
                       0.13 * std::cos(0.29 * x - 0.17 * y + z * z + p) +
                       ((i / 11 + j / 13 + c) % 2 == 1 ? 0.06 : -0.06);
        if (kind == "mixed") value += 0.05 * numbers.unit(index);
        data[index] = static_cast<float>(value);
      }
    }
  }
  return image.unsqueeze(0);
}

/// The golden's shape, means and values: all of them, or those at flat indices.
inline void expect_golden(const torch::Tensor& x, const nlohmann::json& item, double tolerance,
                          const std::string& name) {
  EXPECT_EQ(x.sizes().vec(), item.at("shape").get<std::vector<std::int64_t>>()) << name;
  const auto wide = x.to(torch::kFloat64).contiguous().flatten();
  EXPECT_NEAR(wide.mean().item<double>(), item.at("mean").get<double>(), tolerance) << name;
  EXPECT_NEAR(wide.abs().mean().item<double>(), item.at("mean_abs").get<double>(), tolerance)
      << name;
  if (item.contains("values")) {
    const auto values = item.at("values").get<std::vector<double>>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(wide[static_cast<std::int64_t>(i)].item<double>(), values[i], tolerance)
          << name << " at " << i;
    }
    if (!item.contains("at")) return;
  }
  for (const auto& [index, value] : item.at("at").items()) {
    EXPECT_NEAR(wide[std::stoll(index)].item<double>(), value.get<double>(), tolerance)
        << name << " at " << index;
  }
}

}  // namespace vcisr::tests
