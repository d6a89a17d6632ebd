// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "vcisr/networks/network.h"

namespace vcisr::tests {

/// One entry of tests/golden/realesrgan_networks.json.
struct GoldenCase {
  std::string name;  ///< "srvgg_compact num_conv=16 scale=4": the network and its options.
  std::vector<std::int64_t> input, output;  ///< [3, h, w].
  std::int64_t parameters;
  double mean, mean_abs;
  std::map<std::int64_t, double> values;  ///< Flat index into the output -> value.
  std::string first_key, last_key;
  std::size_t key_count;

  /// "{type: srvgg_compact, num_conv: 16, scale: 4}".
  [[nodiscard]] std::string yaml() const {
    std::string text = "{type: ";
    for (const char c : name) {
      if (c == ' ') {
        text += ", ";
      } else if (c == '=') {
        text += ": ";
      } else {
        text += c;
      }
    }
    return text + "}";
  }

  /// For gtest: letters, digits and underscores.
  [[nodiscard]] std::string id() const {
    std::string text = name;
    for (char& c : text) {
      if (c == ' ' || c == '=') c = '_';
    }
    return text;
  }
};

inline void PrintTo(const GoldenCase& golden, std::ostream* os) { *os << golden.name; }

/// The cases of one network.
inline std::vector<GoldenCase> golden_cases(const std::string& network) {
  std::ifstream file(VCISR_GOLDEN_DIR "/realesrgan_networks.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<GoldenCase> cases;
  for (const auto& [name, item] : json.items()) {
    if (!name.starts_with(network + " ")) continue;
    GoldenCase golden{.name = name,
                      .input = item.at("input"),
                      .output = item.at("output"),
                      .parameters = item.at("parameters"),
                      .mean = item.at("mean"),
                      .mean_abs = item.at("mean_abs"),
                      .values = {},
                      .first_key = item.at("keys").at(0),
                      .last_key = item.at("keys").at(1),
                      .key_count = item.at("keys").at(2)};
    for (const auto& [index, value] : item.at("values").items()) {
      golden.values[std::stoll(index)] = value;
    }
    cases.push_back(golden);
  }
  return cases;
}

/// Builds the network, fills it by the hash rule and compares everything that the case holds.
inline void expect_golden(const GoldenCase& golden) {
  auto network = networks::registry().make(Config::parse(golden.yaml()));
  EXPECT_EQ(networks::count_parameters(*network), golden.parameters);
  const auto keys = network->named_parameters().keys();
  EXPECT_EQ(keys.front(), golden.first_key);
  EXPECT_EQ(keys.back(), golden.last_key);
  EXPECT_EQ(keys.size(), golden.key_count);
  EXPECT_EQ(network->named_buffers().size(), 0);

  fill_by_hash_rule(*network);
  networks::prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const auto lq = hash_image("compact", golden.input).unsqueeze(0).unsqueeze(0);
  const auto restored = network->forward(lq).squeeze(0).squeeze(0).contiguous();
  ASSERT_EQ(restored.sizes(), golden.output);
  // Two float32 programs that sum in another order; the values grow with the residuals' depth
  // (docs/numerics.md).
  const double tolerance = 1e-4 * std::max(1.0, golden.mean_abs);
  const auto wide = restored.to(torch::kFloat64);
  EXPECT_NEAR(wide.mean().item<double>(), golden.mean, tolerance);
  EXPECT_NEAR(wide.abs().mean().item<double>(), golden.mean_abs, tolerance);
  double worst = 0;
  for (const auto& [index, value] : golden.values) {
    const double ours = wide.flatten()[index].item<double>();
    worst = std::max(worst, std::abs(ours - value) / std::max(1.0, golden.mean_abs));
    EXPECT_NEAR(ours, value, tolerance) << "at " << index;
  }
  ::testing::Test::RecordProperty("worst_relative_deviation", std::to_string(worst));
  std::printf("[ measured ] %s: worst sampled deviation %.2g of max(1, mean abs)\n",
              golden.name.c_str(), worst);
}

}  // namespace vcisr::tests
