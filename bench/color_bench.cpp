// SPDX-License-Identifier: Apache-2.0
// Film frames to float RGB and back: 4:2:0, 8 and 10 bits.
#include "bench.h"
#include "vcisr/ops/color.h"

namespace vcisr::bench {
namespace {

std::vector<torch::Tensor> make_planes(const Size& size, int bit_depth) {
  const auto dtype = bit_depth == 8 ? torch::kUInt8 : torch::kUInt16;
  const auto plane = [&](std::int64_t w, std::int64_t h) {
    return torch::randint(16 << (bit_depth - 8), 236 << (bit_depth - 8), {h, w}).to(dtype);
  };
  const std::int64_t cw = (size.width + 1) / 2;
  const std::int64_t ch = (size.height + 1) / 2;
  return {plane(size.width, size.height), plane(cw, ch), plane(cw, ch)};
}

void register_color(const Size& size, int bit_depth, int threads) {
  const ops::PlanarFormat format{.bit_depth = bit_depth};
  const std::string tail = "/" + size.text() + "/" + std::to_string(bit_depth) +
                           "bit/threads:" + std::to_string(threads);
  const auto finish = [size](benchmark::State& state, double seconds) {
    state.counters["Mpx_per_s"] = static_cast<double>(size.width * size.height) / seconds / 1e6;
  };
  register_timed({.name = "color/yuv420_to_rgb" + tail,
                  .threads = threads,
                  .prepare =
                      [=] {
                        const auto planes = make_planes(size, bit_depth);
                        auto rgb = torch::empty({3, size.height, size.width});
                        return [=]() mutable { ops::planar_to_rgb(planes, format, rgb); };
                      },
                  .finish = finish});
  register_timed({.name = "color/rgb_to_yuv420" + tail,
                  .threads = threads,
                  .prepare =
                      [=] {
                        auto planes = make_planes(size, bit_depth);
                        const auto rgb = torch::rand({3, size.height, size.width});
                        return [=]() mutable { ops::rgb_to_planar(rgb, format, planes); };
                      },
                  .finish = finish});
}

}  // namespace

void register_color_benchmarks() {
  for (const int bit_depth : {8, 10}) {
    for (const Size& size : {Size{1280, 720}, Size{2560, 1440}}) {
      for (const int threads : thread_counts()) register_color(size, bit_depth, threads);
    }
  }
}

}  // namespace vcisr::bench
