// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/nn/module.h>
#include <torch/types.h>

namespace vcisr::networks {

struct SpectralConvOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel_size = 3;
  std::int64_t stride = 1;
};

/// A convolution without bias, padded by one pixel of zeros, whose weight is divided by (about) its
/// largest singular value (Miyato et al., ICLR 2018), with the keys and steps of PyTorch's
/// torch.nn.utils.spectral_norm:
///
///   W      weight_orig as [out, in * kernel_size^2]
///   v      n(W^T u), u = n(W v), n(x) = x / max(|x|, 1e-12); before each use in training mode only
///   sigma  u . (W v); the convolution's weight is weight_orig / sigma
///
/// Grad     Through sigma's W; u and v count as constants. A forward keeps copies of them, so that
///          later forwards may move them on before its backward.
/// Dtypes   u, v and sigma are float32 (float64 for a weight of float64) whatever the weight's type
///          and autocast's; the convolution runs in those.
class SpectralConv2d final : public torch::nn::Module {
 public:
  explicit SpectralConv2d(const SpectralConvOptions& options);

  /// x: [N, in, H, W], cast to the weight's type.
  torch::Tensor forward(const torch::Tensor& x);

  /// weight_orig / sigma, in the weight's type; moves u and v on in training mode.
  [[nodiscard]] torch::Tensor normalised_weight();

 private:
  /// One power iteration, into the buffers. Gradients must be off.
  void iterate(const torch::Tensor& matrix);

  SpectralConvOptions options_;
  torch::Tensor weight_orig_;          // [out, in, k, k]
  torch::Tensor weight_u_, weight_v_;  // [out], [in * k * k]
};

}  // namespace vcisr::networks
