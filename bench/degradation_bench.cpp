// SPDX-License-Identifier: Apache-2.0
// The blocks of the degradation pipeline on one patch of the training's size, and USM sharpening.
#include "bench.h"
#include "vcisr/degradation/blur_kernel.h"
#include "vcisr/degradation/usm_sharpening.h"
#include "vcisr/ops/blur.h"

namespace vcisr::bench {
namespace {

constexpr Size kPatch{360, 360};

void register_patch(const std::string& name, std::function<void(const torch::Tensor&)> body) {
  for (const int threads : thread_counts()) {
    register_timed({.name = "degradation/" + name + "/" + kPatch.text() +
                            "/threads:" + std::to_string(threads),
                    .threads = threads,
                    .prepare = [body]() -> std::function<void()> {
                      const auto patch = torch::rand({1, 3, kPatch.height, kPatch.width});
                      return [body, patch] { body(patch); };
                    }});
  }
}

void register_blur(const std::string& name, const torch::Tensor& kernel) {
  register_patch("blur_" + name,
                 [kernel](const torch::Tensor& patch) { (void)ops::filter2d(patch, kernel); });
}

}  // namespace

void register_degradation_benchmarks() {
  using degradation::BellKind;
  const auto padded = [](const degradation::BellBlur& blur) {
    return degradation::pad_blur_kernel(degradation::bell_blur_kernel(blur), 21)
        .to(torch::kFloat32);
  };
  // Of a plateau nothing can be trimmed, and it is no outer product.
  register_blur("21x21_dense",
                padded({.kind = BellKind::kPlateauIso, .size = 21, .sigma_x = 2, .beta = 1.5}));
  register_blur("21x21_separable", padded({.size = 21, .sigma_x = 3}));
  register_blur("7x7_dense_padded",
                padded({.kind = BellKind::kPlateauIso, .size = 7, .sigma_x = 2, .beta = 1.5}));
  register_patch("usm_sharpening",
                 [](const torch::Tensor& patch) { (void)degradation::usm_sharpening(patch); });
}

}  // namespace vcisr::bench
