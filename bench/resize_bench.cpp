// SPDX-License-Identifier: Apache-2.0
// ops::resize into a buffer that is there, and into a fresh tensor.
#include "bench.h"
#include "vcisr/ops/resize.h"

namespace vcisr::bench {
namespace {

struct Resizing {
  Size from, to;
};

void register_resize(const Resizing& r, int threads) {
  const auto finish = [r](benchmark::State& state, double seconds) {
    state.counters["Mpx_out_per_s"] = static_cast<double>(r.to.width * r.to.height) / seconds / 1e6;
  };
  const std::string tail =
      "/" + r.from.text() + "_to_" + r.to.text() + "/threads:" + std::to_string(threads);
  register_timed({.name = "resize/bicubic_into" + tail,
                  .threads = threads,
                  .prepare =
                      [=] {
                        const auto x = torch::rand({1, 3, r.from.height, r.from.width});
                        auto out = torch::empty({1, 3, r.to.height, r.to.width});
                        return [=]() mutable { ops::resize_out(x, out); };
                      },
                  .finish = finish});
  register_timed({.name = "resize/bicubic_fresh" + tail,
                  .threads = threads,
                  .prepare =
                      [=] {
                        const auto x = torch::rand({1, 3, r.from.height, r.from.width});
                        return [=] { (void)ops::resize(x, r.to.height, r.to.width); };
                      },
                  .finish = finish});
}

}  // namespace

void register_resize_benchmarks() {
  for (const int threads : thread_counts()) {
    register_resize({{1280, 720}, {2560, 1440}}, threads);
    register_resize({{2560, 1440}, {1280, 720}}, threads);
  }
}

}  // namespace vcisr::bench
