// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <torch/types.h>

namespace vcisr::bench {

/// One subject each, in the file of that name; main() calls them all.
void register_network_benchmarks();
void register_color_benchmarks();
void register_resize_benchmarks();
void register_film_benchmarks();  ///< None without media.
void register_numerics_benchmarks();
void register_grl_benchmarks();  ///< None without the network.
void register_noise_benchmarks();
void register_degradation_benchmarks();   ///< None without media.
void register_pipeline_benchmarks();      ///< None without media.
void register_patch_stream_benchmarks();  ///< None without media.
void register_degradation_ops_benchmarks();
void register_training_benchmarks();  ///< None without media.
void register_metric_benchmarks();

struct Size {
  std::int64_t width, height;

  [[nodiscard]] std::string text() const {
    return std::to_string(width) + "x" + std::to_string(height);
  }
};

/// One, and all there are; more than one means something only on an idle machine.
[[nodiscard]] std::vector<int> thread_counts();

/// "fp32" or "bf16".
[[nodiscard]] std::string precision_name(torch::Dtype dtype);

/// A 3x3 convolution of 128 to 128 channels at a size, by which machines are compared.
struct Yardstick {
  std::function<void()> run;
  double operations;  ///< Floating-point, in one run.
};
[[nodiscard]] Yardstick make_yardstick(const Size& size, torch::Dtype dtype,
                                       const torch::Device& device);

/// FLOP/s that this machine reaches in it, the best of several runs by the same clock as below;
/// measured once per combination, in this process.
[[nodiscard]] double yardstick_flops(const Size& size, torch::Dtype dtype,
                                     const torch::Device& device, int threads);

/// Until `device` has done all that it was given.
void wait_for(const torch::Device& device);

/// Registers `body` under `name`, timed by the wall clock in milliseconds, with that many intra-op
/// threads; the device is waited for after every call. `finish` may add counters; it gets the
/// seconds of the best call: by the wall clock, but with one CPU thread the process's CPU time,
/// which other processes on the machine disturb less.
struct Timed {
  std::string name;
  torch::Device device = torch::kCPU;
  int threads = 1;
  /// Makes what is timed; called once, when the benchmark is run.
  std::function<std::function<void()>()> prepare;
  std::function<void(benchmark::State&, double seconds)> finish = {};
};
void register_timed(Timed timed);

}  // namespace vcisr::bench
