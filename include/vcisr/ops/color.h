// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <torch/types.h>

namespace vcisr::ops {

/// Luma weights Kr and Kb of ITU-T H.273: 0.299/0.114, 0.2126/0.0722, 0.2627/0.0593, 0.30/0.11,
/// 0.212/0.087.
enum class YuvMatrix { kBt601, kBt709, kBt2020, kFcc, kSmpte240m };

/// Where a chroma sample lies in its block of luma samples (H.273 chroma_sample_loc_type).
enum class ChromaSiting { kLeft, kCenter, kTopLeft, kTop, kBottomLeft, kBottom };

/// What the samples of a planar picture mean.
struct PlanarFormat {
  bool is_rgb = false;     ///< Three planes R, G, B of one size.
  int bit_depth = 8;       ///< 8 (uint8) or 9 .. 16 (uint16, value in the low bits).
  int chroma_shift_x = 1;  ///< log2 of the chroma step, 0 .. 3; ignored for gray and RGB.
  int chroma_shift_y = 1;
  YuvMatrix matrix = YuvMatrix::kBt601;  ///< Gray: the luma weights of the way back.
  bool full_range = false;               ///< Luma and chroma; RGB has its own member.
  bool rgb_limited_range = false;        ///< RGB planes hold 16 .. 235 (times 2^(bit_depth - 8)).
  ChromaSiting siting = ChromaSiting::kLeft;
};

/// Planar YUV, gray or RGB samples to float RGB.
///
/// Shape    planes: one (gray) or three tensors uint8 or uint16 [h, w], luma [H, W], chroma
///          [ceil(H / 2^shift_y), ceil(W / 2^shift_x)]; any row stride, column stride 1. rgb:
///          float32 [3, H, W], contiguous, on the same device; it is overwritten.
/// Colour   Black is 0 and white 1. Not clamped: samples outside the nominal range, and YUV outside
///          the RGB cube, go below 0 and above 1 and come back by rgb_to_planar. Chroma is
///          interpolated by Catmull-Rom bicubic at its siting. Gray gives three equal channels.
/// Border   Edge samples are repeated.
/// Threads  at::parallel_for over rows; the bits do not depend on the number of threads, nor on the
///          CPU's instruction set. CUDA: the current stream; differs in the last bits.
/// Memory   A few rows of scratch per thread, kept for the next call.
/// Errors   c10::Error naming the argument and its actual value.
void planar_to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                   torch::Tensor& rgb);

/// The way back: float RGB to planar samples of the format, which are overwritten.
///
/// Shape    As planar_to_rgb.
/// Colour   Clamped only here, to 0 .. 2^bit_depth - 1 (the excursions of a limited range stay),
///          and rounded to the nearest integer, halves up; NaN becomes 0. Chroma is the one whose
///          interpolation by planar_to_rgb is nearest to the picture (least squares), so what
///          planar_to_rgb made comes back within 2 % of its contrast in the worst case, chroma
///          of natural pictures within a rounding step; luma, 4:4:4, gray and RGB exactly.
/// Border, Threads, Memory, Errors  As planar_to_rgb.
void rgb_to_planar(const torch::Tensor& rgb, const PlanarFormat& format,
                   std::vector<torch::Tensor>& planes);

/// Picture samples to float.
///
/// Shape    samples: uint8 or uint16 [H, W, C], 1 <= C <= 4, any row stride, each row dense.
///          planar: float32 [C, H, W], contiguous, same device; it is overwritten.
/// Colour   255 or 65535 becomes 1.
/// Errors   c10::Error naming the argument and its actual value.
void interleaved_to_float(const torch::Tensor& samples, torch::Tensor& planar);

/// The way back: clamps to [0, 1] and rounds as torchvision does, floor(x * max + 0.5). NaN becomes
/// 0. Shape and errors as interleaved_to_float; samples is overwritten.
void float_to_interleaved(const torch::Tensor& planar, torch::Tensor& samples);

}  // namespace vcisr::ops
