// SPDX-License-Identifier: Apache-2.0
// What color.cpp, which checks the arguments, hands them to: the CPU code, the CUDA code (or, in a
// build without, color_none.cpp, which says so) and, for tests, the reference.
#pragma once

#include <vector>

#include "vcisr/ops/color.h"

namespace vcisr::ops::detail {

void planar_to_rgb_cpu(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                       const torch::Tensor& rgb);
void rgb_to_planar_cpu(const torch::Tensor& rgb, const PlanarFormat& format,
                       const std::vector<torch::Tensor>& planes);
void interleaved_to_float_cpu(const torch::Tensor& samples, const torch::Tensor& planar);
void float_to_interleaved_cpu(const torch::Tensor& planar, const torch::Tensor& samples);

void planar_to_rgb_cuda(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                        const torch::Tensor& rgb);
void rgb_to_planar_cuda(const torch::Tensor& rgb, const PlanarFormat& format,
                        const std::vector<torch::Tensor>& planes);
void interleaved_to_float_cuda(const torch::Tensor& samples, const torch::Tensor& planar);
void float_to_interleaved_cuda(const torch::Tensor& planar, const torch::Tensor& samples);

/// The definition, in double, one sample after the other; rgb is float64 here.
void planar_to_rgb_reference(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                             const torch::Tensor& rgb);
void rgb_to_planar_reference(const torch::Tensor& rgb, const PlanarFormat& format,
                             const std::vector<torch::Tensor>& planes);

}  // namespace vcisr::ops::detail
