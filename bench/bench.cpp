// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>

namespace vcisr::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// The clock that rates are taken by.
double now(const torch::Device& device, int threads) {
  if (device.is_cpu() && threads == 1) {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  }
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

double best_seconds(const std::function<void()>& body, const torch::Device& device, int threads) {
  body();
  wait_for(device);
  double best = std::numeric_limits<double>::infinity();
  double total = 0;
  for (int i = 0; i < 50 && (i < 3 || total < 0.5); ++i) {
    const double start = now(device, threads);
    body();
    wait_for(device);
    const double seconds = now(device, threads) - start;
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
}

}  // namespace

std::vector<int> thread_counts() {
  static const int all = at::get_num_threads();
  return all > 1 ? std::vector<int>{1, all} : std::vector<int>{1};
}

std::string precision_name(torch::Dtype dtype) {
  return dtype == torch::kBFloat16 ? "bf16" : "fp32";
}

void wait_for(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

Yardstick make_yardstick(const Size& size, torch::Dtype dtype, const torch::Device& device) {
  constexpr std::int64_t kChannels = 128;
  const auto options = torch::dtype(dtype).device(device);
  const auto format = at::MemoryFormat::ChannelsLast;
  const auto x = torch::rand({1, kChannels, size.height, size.width}, options).contiguous(format);
  const auto weight = torch::rand({kChannels, kChannels, 3, 3}, options).contiguous(format);
  const auto bias = torch::rand({kChannels}, options);
  return {[=] { (void)at::conv2d(x, weight, bias, 1, 1); },
          2.0 * 9 * kChannels * kChannels * static_cast<double>(size.width * size.height)};
}

double yardstick_flops(const Size& size, torch::Dtype dtype, const torch::Device& device,
                       int threads) {
  static std::map<std::tuple<std::int64_t, std::int64_t, torch::Dtype, std::string, int>, double>
      known;
  const auto key = std::make_tuple(size.width, size.height, dtype, device.str(), threads);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  at::set_num_threads(threads);
  const c10::InferenceMode inference_mode;
  const auto yardstick = make_yardstick(size, dtype, device);
  const double flops = yardstick.operations / best_seconds(yardstick.run, device, threads);
  known.emplace(key, flops);
  return flops;
}

void register_timed(Timed timed) {
  const std::string name = timed.name;
  const auto run = [timed = std::move(timed)](benchmark::State& state) {
    at::set_num_threads(timed.threads);
    const c10::InferenceMode inference_mode;
    const auto body = timed.prepare();
    body();
    wait_for(timed.device);
    double best = std::numeric_limits<double>::infinity();
    for (auto _ : state) {
      const auto start = Clock::now();
      const double before = now(timed.device, timed.threads);
      body();
      wait_for(timed.device);
      best = std::min(best, now(timed.device, timed.threads) - before);
      state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
    }
    state.counters["best_ms"] = 1e3 * best;
    if (timed.finish) timed.finish(state, best);
  };
  benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Unit(benchmark::kMillisecond);
}

}  // namespace vcisr::bench
