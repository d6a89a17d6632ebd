// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <torch/nn/module.h>
#include <torch/types.h>

namespace vcisr::tests {

/// The deterministic numbers of the golden files: FNV-1a of the key, mixed with the element's
/// index, in [-1, 1).
class HashNumbers {
 public:
  explicit HashNumbers(std::string_view key) {
    for (const char c : key) seed_ = (seed_ ^ static_cast<unsigned char>(c)) * 16777619u;
  }

  [[nodiscard]] std::uint32_t bits(std::uint64_t index) const {
    std::uint32_t x = seed_ + static_cast<std::uint32_t>(index) * 0x9E3779B9u;
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    x ^= x >> 16;
    return x;
  }

  [[nodiscard]] double unit(std::uint64_t index) const { return bits(index) / 2147483648.0 - 1.0; }

 private:
  std::uint32_t seed_ = 2166136261u;
};

inline std::uint32_t hash_bits(std::string_view key, std::uint64_t index) {
  return HashNumbers(key).bits(index);
}

inline double hash_unit(std::string_view key, std::uint64_t index) {
  return HashNumbers(key).unit(index);
}

/// float32 of the shape, 0.5 + 0.5 U.
inline torch::Tensor hash_image(std::string_view name, std::vector<std::int64_t> shape) {
  auto image = torch::empty(shape, torch::kFloat32);
  auto* data = image.data_ptr<float>();
  const HashNumbers numbers(name);
  for (std::int64_t i = 0; i < image.numel(); ++i) {
    data[i] = static_cast<float>(0.5 + 0.5 * numbers.unit(static_cast<std::uint64_t>(i)));
  }
  return image;
}

/// Weight of that key and shape: the rules for logit_scale, norm, bias and other weights.
inline torch::Tensor hash_weight(const std::string& key, at::IntArrayRef shape) {
  auto weight = torch::empty(shape, torch::kFloat32);
  std::int64_t fan_in = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
  const bool is_bias = key.ends_with("bias");
  const bool is_scale = key.ends_with("logit_scale");
  const bool is_norm = key.find("norm") != std::string::npos;
  const double spread = std::sqrt(3.0 / static_cast<double>(fan_in));
  const HashNumbers numbers(key);
  auto* data = weight.data_ptr<float>();
  for (std::int64_t i = 0; i < weight.numel(); ++i) {
    const double u = numbers.unit(static_cast<std::uint64_t>(i));
    double value = u * spread;
    if (is_scale) {
      value = 2.3 + 3.0 * u;
    } else if (is_norm) {
      value = is_bias ? 0.1 * u : 1 + 0.1 * u;
    } else if (is_bias) {
      value = 0.1 * u;
    }
    data[i] = static_cast<float>(value);
  }
  return weight;
}

/// Overwrites every parameter by the rule, keyed by its name.
inline void fill_by_hash_rule(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (auto& item : module.named_parameters()) {
    item.value().copy_(hash_weight(item.key(), item.value().sizes()));
  }
}

}  // namespace vcisr::tests
