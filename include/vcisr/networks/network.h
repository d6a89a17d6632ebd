// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "vcisr/core/registry.h"

namespace vcisr::networks {

/// What tiling must know to give the untiled result. All in lq pixels.
struct TilingTraits {
  /// Tiles, halo included, start and end on multiples of this or at the picture's border.
  std::int64_t grid_px = 1;
  /// Context with which a tile equals the untiled result.
  std::int64_t exact_halo_px = 0;
  /// What is used unasked; smaller where the exact one is too dear (docs/numerics.md).
  std::int64_t default_halo_px = 0;
  /// The network itself pads right and bottom to this: by reflection, and in its own way where the
  /// picture is too small to be reflected.
  std::int64_t pad_multiple_px = 1;
  /// Why no halo makes tiles exact, as a clause ("GRL's stripes are a fraction of the picture");
  /// nullptr where one does. Such a network has no halos and is tiled only on request, by averaged
  /// tiles (tiling.h).
  const char* sees_whole_picture = nullptr;
};

/// A restoration network: low-quality frames in, restored frames out.
///
/// Dtypes   lq may be float32 whatever the parameters are: a network in bfloat16 or float16 casts
///          on its own and returns lq's dtype.
/// Grad     forward is differentiable for lq and parameters.
/// Threads  forward may run concurrently on one network once it is prepared for inference.
/// Errors   c10::Error that names the shape found.
class Network : public torch::nn::Module {
 public:
  /// lq: float [B, T, 3, h, w], RGB, nominally [0, 1]; h, w >= 1; any strides; never written to.
  /// Returns [B, T, 3, s*h, s*w] with s = scale(); not clamped; any strides. `identity` returns lq
  /// itself.
  virtual torch::Tensor forward(const torch::Tensor& lq) = 0;

  /// Writes forward(lq) into `out`, float32 [B, T, 3, s*h, s*w] of any device and strides, without
  /// gradient. Networks that can write there directly do.
  virtual void forward_into(const torch::Tensor& lq, torch::Tensor& out);

  [[nodiscard]] virtual std::int64_t scale() const noexcept = 0;  ///< 1 for enhancement (CRDS).
  [[nodiscard]] virtual bool is_temporal() const noexcept = 0;    ///< Looks at neighbouring frames.
  [[nodiscard]] virtual TilingTraits tiling() const noexcept = 0;
  /// True for networks that were trained on [0, 1] and need it; `identity` and `bicubic` take any
  /// value.
  [[nodiscard]] virtual bool wants_unit_range() const noexcept { return true; }
  /// Peak working memory for one lq pixel of one small frame in float32, input and output included.
  [[nodiscard]] virtual double bytes_per_lq_pixel() const noexcept = 0;
  /// Peak working memory in float32 for that many lq pixels, all frames of a batch together; where
  /// it does not grow with them evenly, a network says so here.
  [[nodiscard]] virtual double working_bytes(std::int64_t lq_pixels) const noexcept {
    return bytes_per_lq_pixel() * static_cast<double>(lq_pixels);
  }
  /// True where running in bf16 would destroy what the network is for (`identity`, `bicubic`).
  [[nodiscard]] virtual bool needs_float32() const noexcept { return false; }
  /// True for parameters that stay in float32 when the others become 16 bits wide (norms).
  [[nodiscard]] virtual bool keeps_float32(std::string_view /*parameter*/) const noexcept {
    return false;
  }
  /// Multiply-accumulates per lq pixel, for benchmarks; 0 when not worth counting.
  [[nodiscard]] virtual double macs_per_lq_pixel() const noexcept { return 0; }
};

/// A network that restores every frame on its own (GRL, the STDO backbones).
class ImageNetwork : public Network {
 public:
  /// lq: float [N, 3, h, w]. Returns [N, 3, s*h, s*w]. Else as forward.
  virtual torch::Tensor forward_image(const torch::Tensor& lq) = 0;

  torch::Tensor forward(const torch::Tensor& lq) final;  ///< Folds T into the batch.
  [[nodiscard]] bool is_temporal() const noexcept final { return false; }
};

using NetworkPtr = std::shared_ptr<Network>;
using NetworkEntry = Registry<NetworkPtr>::Entry;

/// All networks the library knows; also what `vcisr-infer --list-archs` prints.
[[nodiscard]] Registry<NetworkPtr>& registry();

/// Sum over all parameters, the number papers print.
[[nodiscard]] std::int64_t count_parameters(const torch::nn::Module& module);

/// Eval mode, no gradients, channels-last convolution weights, on `device` as `dtype`; a network
/// that needs_float32() stays in float32, and so do parameters that a network keeps.
/// Errors  DeviceError if there is no such device.
void prepare_for_inference(Network& network, const torch::Device& device, torch::Dtype dtype);

}  // namespace vcisr::networks
