// SPDX-License-Identifier: Apache-2.0
// The code behind comparison_kernels(), included by one source per instruction set. Everything here
// has internal linkage, so that no object's code can stand in for another's.
#pragma once

#include "ops/picture_comparison/block_ssim_impl.h"
#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/picture_comparison/gaussian_ssim_impl.h"
#include "ops/picture_comparison/squares_impl.h"
#include "ops/picture_comparison/uniform_ssim_impl.h"

namespace vcisr::ops::detail {

extern const ComparisonKernels VCISR_COMPARISON_KERNELS;
const ComparisonKernels VCISR_COMPARISON_KERNELS = {
    .squares_8 = &sum_squares_8,
    .squares_16 = &sum_squares_16,
    .squares_float = &sum_squares_float,
    .gaussian_8 = &gaussian_losses<std::uint8_t>,
    .gaussian_16 = &gaussian_losses<std::uint16_t>,
    .gaussian_float = &gaussian_losses<float>,
    .uniform_8 = &uniform_loss<std::uint8_t>,
    .uniform_16 = &uniform_loss<std::uint16_t>,
    .block_8 = &block_similarity<std::uint8_t>,
    .block_16 = &block_similarity<std::uint16_t>,
};

}  // namespace vcisr::ops::detail
