// SPDX-License-Identifier: Apache-2.0
// Operators of the degradation pipeline at its sizes, each beside torch's own operators in the same
// run, which are the yardstick.
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "bench.h"
#include "ops/jpeg_artifacts/jpeg_artifacts_ops.h"
#include "vcisr/ops/interpolate.h"
#include "vcisr/ops/jpeg_artifacts.h"

namespace vcisr::bench {
namespace {

using ops::InterpolateMode;

/// `body` on a picture of that size, with all numbers of threads.
void register_picture(const std::string& name, std::int64_t side,
                      std::function<void(const torch::Tensor&)> body) {
  for (const int threads : thread_counts()) {
    register_timed({.name = name + "/threads:" + std::to_string(threads),
                    .threads = threads,
                    .prepare = [body, side]() -> std::function<void()> {
                      const auto x = torch::rand({1, 3, side, side});
                      return [body, x] { body(x); };
                    }});
  }
}

torch::Tensor by_torch(const torch::Tensor& x, std::int64_t side, InterpolateMode mode) {
  switch (mode) {
    case InterpolateMode::kArea:
      return at::adaptive_avg_pool2d(x, {side, side});
    case InterpolateMode::kBilinear:
      return at::upsample_bilinear2d(x, {side, side}, /*align_corners=*/false);
    case InterpolateMode::kBicubic:
      break;
  }
  return at::upsample_bicubic2d(x, {side, side}, /*align_corners=*/false);
}

void register_interpolate(const std::string& mode_name, InterpolateMode mode) {
  for (const std::int64_t side : {54, 90, 227, 391, 540}) {
    const Size from{360, 360};
    const Size to{side, side};
    const std::string tail = "/" + from.text() + "_to_" + to.text();
    register_picture("interpolate/" + mode_name + tail, 360, [side, mode](const torch::Tensor& x) {
      (void)ops::interpolate(x, side, side, mode);
    });
    register_picture("interpolate/" + mode_name + "_by_torch" + tail, 360,
                     [side, mode](const torch::Tensor& x) { (void)by_torch(x, side, mode); });
  }
}

void register_jpeg(std::int64_t side) {
  constexpr double kQuality = 62.5;
  const std::string size = Size{side, side}.text();
  const auto quality = torch::full({1}, kQuality, torch::kFloat64);
  register_picture("jpeg_artifacts/" + size, side,
                   [quality](const torch::Tensor& x) { (void)ops::jpeg_artifacts(x, quality); });
  register_picture("jpeg_artifacts_by_torch/" + size, side, [](const torch::Tensor& x) {
    (void)ops::detail::jpeg_by_torch(x, {ops::detail::jpeg_steps(kQuality)});
  });
}

}  // namespace

void register_degradation_ops_benchmarks() {
  register_interpolate("area", InterpolateMode::kArea);
  register_interpolate("bilinear", InterpolateMode::kBilinear);
  register_interpolate("bicubic", InterpolateMode::kBicubic);
  for (const std::int64_t side : {90, 300, 540}) register_jpeg(side);
}

}  // namespace vcisr::bench
