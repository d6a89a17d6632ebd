// SPDX-License-Identifier: Apache-2.0
// Noise on one patch of the training's size. `torch_…` is the published formula with LibTorch's
// random numbers, and those numbers alone.
#include <cmath>

#include "bench.h"
#include "vcisr/ops/noise.h"

namespace vcisr::bench {
namespace {

constexpr Size kPatch{360, 360};

/// Waves over all levels with a little texture, as photographs have; or what caches like least.
torch::Tensor make_patch(bool is_photograph) {
  const auto random = torch::rand({3, kPatch.height, kPatch.width});
  if (!is_photograph) return random;
  const auto across = torch::arange(kPatch.width, torch::kFloat32).unsqueeze(0);
  const auto down = torch::arange(kPatch.height, torch::kFloat32).unsqueeze(1);
  return (across * 0.031 + down * 0.017).sin() * 0.45 + 0.48 + random * 0.04;
}

void register_noise(const std::string& name, bool is_photograph,
                    const std::function<torch::Tensor(const torch::Tensor&)>& body) {
  for (const int threads : thread_counts()) {
    register_timed({.name = "noise/" + name + (is_photograph ? "" : "_of_random_levels") + "/" +
                            kPatch.text() + "/threads:" + std::to_string(threads),
                    .threads = threads,
                    .prepare = [body, is_photograph]() -> std::function<void()> {
                      const auto x = make_patch(is_photograph);
                      return [body, x] { benchmark::DoNotOptimize(body(x)); };
                    },
                    .finish =
                        [](benchmark::State& state, double seconds) {
                          state.counters["ns_per_sample"] =
                              seconds * 1e9 / static_cast<double>(3 * kPatch.height * kPatch.width);
                        }});
  }
}

torch::Tensor torch_gaussian(const torch::Tensor& x) {
  return (x + torch::randn_like(x) * (12.5 / 255)).clamp(0, 1);
}

torch::Tensor torch_poisson(const torch::Tensor& x) {
  const auto levels = (x * 255).round().clamp(0, 255) / 255;
  const auto count = std::get<0>(at::_unique(levels)).numel();
  const double v = std::exp2(std::ceil(std::log2(static_cast<double>(count))));
  return (x + (at::poisson(levels * v) / v - levels) * 1.5).clamp(0, 1);
}

}  // namespace

void register_noise_benchmarks() {
  for (const bool gray : {false, true}) {
    const std::string tail = gray ? "_gray" : "_colour";
    register_noise("gaussian" + tail, true, [gray](const torch::Tensor& x) {
      return ops::add_gaussian_noise(x, {.sigma_8bit = 12.5, .gray = gray, .seed = 1});
    });
    for (const bool is_photograph : {true, false}) {
      register_noise("poisson" + tail, is_photograph, [gray](const torch::Tensor& x) {
        return ops::add_poisson_noise(x, {.scale = 1.5, .gray = gray, .seed = 1});
      });
    }
  }
  register_noise("torch_gaussian_colour", true, torch_gaussian);
  register_noise("torch_randn", true, [](const torch::Tensor& x) { return torch::randn_like(x); });
  register_noise("torch_poisson_colour", true, torch_poisson);
  register_noise("torch_poisson", true,
                 [](const torch::Tensor& x) { return at::poisson(x * 256); });
}

}  // namespace vcisr::bench
