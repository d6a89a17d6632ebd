// SPDX-License-Identifier: Apache-2.0
// Forward of each network, beside the machine's yardstick convolution of the same size.
#include <memory>

#include "bench.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/device.h"

namespace vcisr::bench {
namespace {

struct Subject {
  std::string name, yaml;
  std::vector<Size> sizes;
};

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> list{
      {"bicubic_x2", "{type: bicubic, scale: 2}", {{640, 360}, {1280, 720}}},
      {"srvgg_compact_16_x4",
       "{type: srvgg_compact, num_conv: 16, scale: 4}",
       {{160, 90}, {320, 180}, {640, 360}}},
      {"srvgg_compact_32_x4", "{type: srvgg_compact, num_conv: 32, scale: 4}", {{320, 180}}},
      {"vcisr_small_x4", "{type: vcisr_small_x4}", {{160, 120}, {480, 270}}},
      {"rrdbnet_6_x4", "{type: rrdbnet, num_block: 6, scale: 4}", {{96, 96}, {160, 160}}},
      {"rrdbnet_23_x4", "{type: rrdbnet, num_block: 23, scale: 4}", {{96, 96}, {160, 160}}},
      {"rrdbnet_23_x2", "{type: rrdbnet, num_block: 23, scale: 2}", {{192, 192}}}};
  return list;
}

void register_forward(const Subject& subject, const Size& size, torch::Dtype dtype,
                      const torch::Device& device, int threads) {
  auto network = std::make_shared<networks::NetworkPtr>();
  register_timed({.name = "forward/" + subject.name + "/" + size.text() + "/" +
                          precision_name(dtype) + "/" + device.str() +
                          "/threads:" + std::to_string(threads),
                  .device = device,
                  .threads = threads,
                  .prepare =
                      [=] {
                        const c10::InferenceMode normal(false);
                        *network = networks::registry().make(Config::parse(subject.yaml));
                        networks::prepare_for_inference(**network, device, dtype);
                        const auto lq = torch::rand({1, 1, 3, size.height, size.width}, device);
                        const std::int64_t s = (*network)->scale();
                        auto out = torch::empty({1, 1, 3, s * size.height, s * size.width}, device);
                        return [=]() mutable { (*network)->forward_into(lq, out); };
                      },
                  .finish =
                      [=](benchmark::State& state, double seconds) {
                        const auto pixels = static_cast<double>(size.width * size.height);
                        const double flops = 2 * (*network)->macs_per_lq_pixel() * pixels / seconds;
                        state.counters["fps"] = 1 / seconds;
                        if (flops > 0) {
                          state.counters["gflops"] = flops / 1e9;
                          state.counters["of_yardstick"] =
                              flops / yardstick_flops(size, dtype, device, threads);
                        }
                        network->reset();
                      }});
}

}  // namespace

void register_network_benchmarks() {
  for (const auto& subject : subjects()) {
    const bool is_plain = networks::registry().make(Config::parse(subject.yaml))->needs_float32();
    for (const auto& size : subject.sizes) {
      for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
        if (is_plain && dtype != torch::kFloat32) continue;
        for (const int threads : thread_counts()) {
          register_forward(subject, size, dtype, torch::kCPU, threads);
        }
        if (!ops::cuda_devices().empty()) {
          register_forward(subject, size, dtype, torch::Device(torch::kCUDA, 0), 1);
        }
      }
    }
  }
}

}  // namespace vcisr::bench
