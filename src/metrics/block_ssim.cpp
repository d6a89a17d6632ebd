// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/block_ssim.h"

#include <torch/torch.h>

#include "metrics/planes.h"
#include "vcisr/ops/picture_comparison.h"

namespace vcisr::metrics {

double block_ssim(const torch::Tensor& a, const torch::Tensor& b, int bit_depth) {
  constexpr const char* kMetric = "the block SSIM";
  const Planes planes = compared_planes(kMetric, a, b, kBlockSsimWindowPx);
  TORCH_CHECK(!planes.a.is_floating_point(), kMetric,
              " needs uint8 or uint16 planes, but they are ", a.scalar_type());
  const bool is_byte = planes.a.scalar_type() == torch::kUInt8;
  TORCH_CHECK(is_byte ? bit_depth == 8 : bit_depth > 8 && bit_depth <= 16, kMetric, ": ",
              is_byte ? "uint8 samples have 8 bits" : "uint16 samples have 9 .. 16 bits",
              ", but bit_depth is ", bit_depth);
  return ops::block_ssim(planes.a, planes.b, (std::int64_t{1} << bit_depth) - 1);
}

}  // namespace vcisr::metrics
