// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "vcisr/ops/channel_order.h"

namespace vcisr::ops {

/// What JPEG compression does to a picture, as the float model of Real-ESRGAN and VCISR has it
/// (DiffJPEG without its gradients). It is not libjpeg: nothing is entropy coded, samples stay
/// real, quantiser steps are real numbers, and the luma table stands transposed, as in the
/// published code.
///
/// With f = (5000 / q if q < 50, else 200 - 2 q) / 100: zero-padded at the right and below to
/// multiples of 16; to 255 and full-range YCbCr (BT.601); chroma averaged 2x2; per 8x8 block
/// c = round(F / (f T)) half to even, F the orthonormal DCT, and back from c f T; chroma repeated
/// 2x2; clamped and cropped.
///
/// Shape    x: float32 or float64 [N, 3, H, W], H and W at least 1, any strides; quality: float64
///          [N] on the CPU. Returns x's shape, dtype and device, contiguous.
/// Units    x is clamped to [0, 1]; so is the result. quality is real-valued, 1 <= q < 100: at 100
///          the published steps are zero.
/// Colour   By `order`: kBgr gives what flipping the channels before and after would.
/// Device   CPU float32 has code of its own; CUDA and float64 run as torch's operators (never in
///          TF32). Where F / (f T) lies within about 2e-5 of a half, two of them may round to
///          different sides, and the block then differs by a quantiser step of that coefficient.
/// Threads  at::parallel_for over macroblocks; the bits depend neither on the number of threads nor
///          on the CPU's instruction set, nor on what else is in the batch. CUDA: the current
///          stream.
/// Grad     None: the result never requires grad.
/// Errors   c10::Error naming the argument and its actual value.
[[nodiscard]] torch::Tensor jpeg_artifacts(const torch::Tensor& x, const torch::Tensor& quality,
                                           ChannelOrder order = ChannelOrder::kRgb);

}  // namespace vcisr::ops
