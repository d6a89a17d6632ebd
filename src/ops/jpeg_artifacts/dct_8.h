// SPDX-License-Identifier: Apache-2.0
// The orthonormal DCT of eight samples and its inverse, of as many sets as a vector has lanes, for
// code that is compiled once per instruction set: everything has internal linkage.
#pragma once

#include "ops/vector_types.h"

namespace vcisr::ops::detail {
namespace {

using Lanes = Vector<float>;

// Half of cos(k pi / 16); the factor of the constant term is cos(4 pi / 16) / 2.
constexpr float kC1 = 0.49039264020161522f;
constexpr float kC2 = 0.46193976625564337f;
constexpr float kC3 = 0.41573480615127262f;
constexpr float kC4 = 0.35355339059327376f;
constexpr float kC5 = 0.27778511650980111f;
constexpr float kC6 = 0.19134171618254489f;
constexpr float kC7 = 0.09754516100806413f;

/// Orthonormal DCT of eight samples, in place; sums and differences of mirrored samples first.
inline void transform(Lanes (&x)[8]) {
  const Lanes s0 = x[0] + x[7], s1 = x[1] + x[6], s2 = x[2] + x[5], s3 = x[3] + x[4];
  const Lanes d0 = x[0] - x[7], d1 = x[1] - x[6], d2 = x[2] - x[5], d3 = x[3] - x[4];
  const Lanes outer = s0 + s3, inner = s1 + s2;
  const Lanes e0 = s0 - s3, e1 = s1 - s2;
  x[0] = (outer + inner) * kC4;
  x[4] = (outer - inner) * kC4;
  x[2] = e0 * kC2 + e1 * kC6;
  x[6] = e0 * kC6 - e1 * kC2;
  x[1] = (d0 * kC1 + d1 * kC3) + (d2 * kC5 + d3 * kC7);
  x[3] = (d0 * kC3 - d1 * kC7) - (d2 * kC1 + d3 * kC5);
  x[5] = (d0 * kC5 - d1 * kC1) + (d2 * kC7 + d3 * kC3);
  x[7] = (d0 * kC7 - d1 * kC5) + (d2 * kC3 - d3 * kC1);
}

/// Its inverse, which is its transpose.
inline void transform_back(Lanes (&x)[8]) {
  const Lanes a0 = (x[0] + x[4]) * kC4, a1 = (x[0] - x[4]) * kC4;
  const Lanes b0 = x[2] * kC2 + x[6] * kC6, b1 = x[2] * kC6 - x[6] * kC2;
  const Lanes s0 = a0 + b0, s3 = a0 - b0, s1 = a1 + b1, s2 = a1 - b1;
  const Lanes d0 = (x[1] * kC1 + x[3] * kC3) + (x[5] * kC5 + x[7] * kC7);
  const Lanes d1 = (x[1] * kC3 - x[3] * kC7) - (x[5] * kC1 + x[7] * kC5);
  const Lanes d2 = (x[1] * kC5 - x[3] * kC1) + (x[5] * kC7 + x[7] * kC3);
  const Lanes d3 = (x[1] * kC7 - x[3] * kC5) + (x[5] * kC3 - x[7] * kC1);
  x[0] = s0 + d0;
  x[7] = s0 - d0;
  x[1] = s1 + d1;
  x[6] = s1 - d1;
  x[2] = s2 + d2;
  x[5] = s2 - d2;
  x[3] = s3 + d3;
  x[4] = s3 - d3;
}

}  // namespace
}  // namespace vcisr::ops::detail
