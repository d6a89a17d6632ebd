// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <c10/core/DispatchKeySet.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include "vcisr/core/config.h"

namespace vcisr::networks {

/// While one lives, autocast changes no type on this thread: for sums and small products that
/// 16 bits would spoil.
class WithoutAutocast {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{c10::autocast_dispatch_keyset};
};

/// 3x3 convolution with bias and one pixel of zero padding.
[[nodiscard]] torch::nn::Conv2d conv3x3(std::int64_t in, std::int64_t out);

/// Applies it without the module's dispatch on padding modes.
[[nodiscard]] torch::Tensor convolve(const torch::nn::Conv2d& conv, const torch::Tensor& x);

/// Applies it in the precision of x, whatever the weights' and autocast's: where a picture goes in
/// or comes out, 16 bits would round it to 1/256.
[[nodiscard]] torch::Tensor convolve_wide(const torch::nn::Conv2d& conv, const torch::Tensor& x);

/// Multiply-accumulates of a 3x3 convolution for one pixel.
[[nodiscard]] constexpr double conv3x3_macs(std::int64_t in, std::int64_t out) {
  return 9.0 * static_cast<double>(in) * static_cast<double>(out);
}

/// Refuses what is not a float [N, 3, h, w] with h, w >= 1; `name` begins the sentence.
void check_image(std::string_view name, const torch::Tensor& lq);

/// Reads what the published options of a network hold although it has no choice here: num_in_ch and
/// num_out_ch, which must be 3.
void read_rgb_channels(const Config& config);

/// Pads right and bottom to multiples of `multiple`: mirrors (the edge itself not repeated) where
/// the picture is large enough for that, else repeats the last row or column.
[[nodiscard]] torch::Tensor pad_to_multiple(const torch::Tensor& x, std::int64_t multiple);

/// at::pixel_shuffle, [N, C*s*s, h, w] to [N, C, s*h, s*w], but in one copy and with planar result.
[[nodiscard]] torch::Tensor shuffle_to_planes(const torch::Tensor& x, std::int64_t scale);

/// True if a gradient may be asked for: buffers must then not be reused.
[[nodiscard]] bool records_gradient(const torch::Tensor& x,
                                    const std::vector<torch::Tensor>& parameters);

}  // namespace vcisr::networks
