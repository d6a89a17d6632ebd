// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>

#include <torch/types.h>

namespace vcisr::networks {

/// A layer's weight in the layout that oneDNN multiplies fastest, made when it is first used and
/// again when the weight has changed. LibTorch's own linears reorder nothing, its
/// convolutions at each call.
///
/// Where this LibTorch or CPU has no such operators, the functions below are at::linear and
/// at::conv2d.
/// The layout is chosen for the first input's size and kept; the sums differ from LibTorch's by
/// rounding. Changes that LibTorch does not count (through data(), or to tensors made in inference
/// mode) go unseen.
/// Threads  Any number may use one.
/// Memory   A copy of the weight, on the CPU, as long as this lives.
class PackedWeight {
 public:
  enum class Activation { kNone, kGelu };

  /// x [tokens, in] float32 or bfloat16 on the CPU; weight [out, in] and bias [out] of its type. No
  /// gradient.
  [[nodiscard]] torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight,
                                     const torch::Tensor& bias,
                                     Activation activation = Activation::kNone);

  /// 3x3, one pixel of zero padding; x [N, C, H, W] channels last.
  [[nodiscard]] torch::Tensor conv3x3(const torch::Tensor& x, const torch::Tensor& weight,
                                      const torch::Tensor& bias);

 private:
  template <class Pack>
  torch::Tensor packed(const torch::Tensor& weight, const Pack& pack);

  std::mutex mutex_;
  torch::Tensor source_;  // Shares its memory with the weight, so that no other gets the address.
  std::int64_t version_ = -1;
  torch::Tensor packed_;
};

}  // namespace vcisr::networks
