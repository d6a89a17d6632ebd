// SPDX-License-Identifier: Apache-2.0
// tests/golden/full_reference_metrics.json: numbers of an independent program for rule-made
// pictures of 8 and 10 bits.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"

namespace vcisr::metrics {

/// What a picture of ten bits is made with.
inline constexpr std::uint32_t kReferenceSeed = 11;
inline constexpr std::uint32_t kDistortedSeed = 12;

inline torch::Tensor ten_bits(const torch::Tensor& picture, std::uint32_t seed) {
  const auto in = picture.accessor<std::uint8_t, 3>();
  torch::Tensor out = torch::empty(picture.sizes(), torch::kUInt16);
  auto* data = out.mutable_data_ptr<std::uint16_t>();
  for (std::int64_t c = 0; c < in.size(0); ++c) {
    for (std::int64_t y = 0; y < in.size(1); ++y) {
      for (std::int64_t x = 0; x < in.size(2); ++x) {
        *data++ = static_cast<std::uint16_t>(4 * in[c][y][x] + hash32(x, y, c, seed) % 4);
      }
    }
  }
  return out;
}

struct FullReferenceCase {
  torch::Tensor reference, distorted;      // uint8 [3, H, W]
  torch::Tensor reference10, distorted10;  // uint16 [3, H, W]
  nlohmann::json numbers;

  [[nodiscard]] const nlohmann::json& metrics() const { return numbers.at("metrics"); }
  [[nodiscard]] const nlohmann::json& ten_bit() const { return numbers.at("ten_bit"); }
};

inline const std::vector<FullReferenceCase>& full_reference_cases() {
  static const std::vector<FullReferenceCase> all = [] {
    std::ifstream file(VCISR_GOLDEN_DIR "/full_reference_metrics.json");
    std::vector<FullReferenceCase> cases;
    const auto golden = nlohmann::json::parse(file);
    for (const auto& numbers : golden.at("cases")) {
      const torch::Tensor reference = golden_reference(numbers.at("height"), numbers.at("width"));
      const torch::Tensor distorted = golden_distorted(reference);
      EXPECT_EQ(reference.sum().item<std::int64_t>(), numbers.at("sum_ref").get<std::int64_t>());
      EXPECT_EQ(distorted.sum().item<std::int64_t>(), numbers.at("sum_dist").get<std::int64_t>());
      cases.push_back({reference, distorted, ten_bits(reference, kReferenceSeed),
                       ten_bits(distorted, kDistortedSeed), numbers});
    }
    return cases;
  }();
  return all;
}

/// The same picture with rows further apart and garbage between them, as decoders give planes.
inline torch::Tensor with_padded_rows(const torch::Tensor& x) {
  torch::Tensor wide = torch::empty({x.size(0), x.size(1), x.size(2) + 13}, x.scalar_type());
  wide.view(torch::kUInt8).fill_(173);
  const torch::Tensor window = wide.narrow(2, 5, x.size(2));
  window.copy_(x);
  return window;
}

/// The one sentence with which `call` refuses; empty where it does not.
template <class Call>
std::string refusal_of(const Call& call) {
  try {
    (void)call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

}  // namespace vcisr::metrics
