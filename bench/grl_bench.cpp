// SPDX-License-Identifier: Apache-2.0
// GRL beside the same network as a plain sequence of LibTorch calls (grl_eager.h) and beside the
// yardstick convolution, all three in turns:
//   vcisr-bench --benchmark_filter=^grl
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/InferenceMode.h>

#include "bench.h"
#include "grl_eager.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/device.h"

namespace vcisr::bench {
namespace {

constexpr const char* kNetwork = "vcisr_small_x4";
constexpr double kMacsPerLqPixel = 3'905'920;
constexpr int kRounds = 9;
constexpr int kYardsticksPerRound = 5;

struct Precision {
  std::string name;
  torch::Dtype dtype;
  at::Float32Precision float32 = at::Float32Precision::IEEE;  ///< On CUDA.
};

struct Setting {
  Size size;
  std::int64_t batch;
  Precision precision;
  torch::Device device;
  int threads;

  [[nodiscard]] std::string name() const {
    return std::string("grl/") + kNetwork + "/" + size.text() + "/batch:" + std::to_string(batch) +
           "/" + precision.name + "/" + device.str() +
           (device.is_cpu() ? "/threads:" + std::to_string(threads) : "");
  }
};

/// Both networks with the same weights, and what they work on.
class Contest {
 public:
  explicit Contest(const Setting& setting) : device_(setting.device) {
    const c10::InferenceMode normal(false);
    torch::manual_seed(1);
    ours_ = networks::registry().make(Config::parse(std::string("{type: ") + kNetwork + "}"));
    GrlWeights weights;
    for (const auto& item : ours_->named_parameters()) {
      weights.emplace(item.key(), item.value().detach().to(device_, /*non_blocking=*/false,
                                                           /*copy=*/true));
    }
    eager_ = std::make_unique<GrlEager>(GrlGeometry{}, weights, setting.precision.dtype);
    networks::prepare_for_inference(*ours_, device_, setting.precision.dtype);
    const auto [w, h] = setting.size;
    lq_ = torch::rand({setting.batch, 1, 3, h, w}, device_);
    out_ = torch::empty({setting.batch, 1, 3, ours_->scale() * h, ours_->scale() * w}, device_);
  }

  void run_ours() { ours_->forward_into(lq_, out_); }
  torch::Tensor run_eager() { return eager_->forward(lq_.flatten(0, 1)); }
  /// Of the two results; also the first run of both.
  double largest_difference() {
    run_ours();
    return (run_eager() - out_.flatten(0, 1)).abs().max().item<double>();
  }
  [[nodiscard]] bool costs_what_is_published() const {
    return std::abs(ours_->macs_per_lq_pixel() / kMacsPerLqPixel - 1) < 1e-3;
  }

 private:
  torch::Device device_;
  networks::NetworkPtr ours_;
  std::unique_ptr<GrlEager> eager_;
  torch::Tensor lq_, out_;
};

double seconds_of(const std::function<void()>& body, const torch::Device& device) {
  using Clock = std::chrono::steady_clock;
  wait_for(device);
  const auto start = Clock::now();
  body();
  wait_for(device);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// What one call takes at its peak beside what was there before.
double peak_mib(const std::function<void()>& body, const torch::Device& device) {
  auto* const allocator = c10::getDeviceAllocator(device.type());
  const auto allocated = [&] {
    const auto stats = allocator->getDeviceStats(device.index());
    return stats
        .allocated_bytes[static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE)];
  };
  wait_for(device);
  allocator->resetPeakStats(device.index());
  const auto before = allocated().current;
  body();
  wait_for(device);
  return static_cast<double>(allocated().peak - before) / (1 << 20);
}

struct Seconds {
  double ours, eager, yardstick;  ///< Medians.
};

Seconds run_rounds(Contest& contest, const Yardstick& yardstick, const torch::Device& device) {
  std::vector<double> ours, eager, plain;
  yardstick.run();
  for (int round = 0; round < kRounds; ++round) {
    ours.push_back(seconds_of([&] { contest.run_ours(); }, device));
    eager.push_back(seconds_of([&] { (void)contest.run_eager(); }, device));
    for (int i = 0; i < kYardsticksPerRound; ++i) {
      plain.push_back(seconds_of(yardstick.run, device));
    }
  }
  return {median(ours), median(eager), median(plain)};
}

void report(benchmark::State& state, const Setting& setting, const Seconds& seconds,
            double yardstick_operations) {
  const auto pixels = static_cast<double>(setting.batch * setting.size.width * setting.size.height);
  const double operations = 2 * kMacsPerLqPixel * pixels;
  const double yardstick = yardstick_operations / seconds.yardstick;
  auto& counters = state.counters;
  counters["ours_ms"] = 1e3 * seconds.ours;
  counters["eager_ms"] = 1e3 * seconds.eager;
  counters["ours_gflops"] = operations / seconds.ours / 1e9;
  counters["yardstick_gflops"] = yardstick / 1e9;
  counters["speedup_over_eager"] = seconds.eager / seconds.ours;
  counters["of_yardstick"] = operations / seconds.ours / yardstick;
  counters["eager_of_yardstick"] = operations / seconds.eager / yardstick;
  if (setting.device.is_cuda()) {
    counters["fps"] = static_cast<double>(setting.batch) / seconds.ours;
    counters["eager_fps"] = static_cast<double>(setting.batch) / seconds.eager;
  }
}

void run(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(setting.threads);
  for (const auto op : {at::Float32Op::CONV, at::Float32Op::MATMUL}) {
    at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, op,
                                            setting.precision.float32);
  }
  const c10::InferenceMode inference_mode;
  Contest contest(setting);
  if (!contest.costs_what_is_published()) {
    state.SkipWithError("the network's cost is not the 3.906 M MAC per pixel of the geometry");
    return;
  }
  state.counters["largest_difference"] = contest.largest_difference();
  const auto yardstick = make_yardstick(setting.size, setting.precision.dtype, setting.device);
  for (auto _ : state) {
    const auto seconds = run_rounds(contest, yardstick, setting.device);
    state.SetIterationTime(seconds.ours);
    report(state, setting, seconds, yardstick.operations);
  }
  if (setting.device.is_cuda()) {
    state.counters["peak_MiB"] = peak_mib([&] { contest.run_ours(); }, setting.device);
    state.counters["eager_peak_MiB"] = peak_mib([&] { (void)contest.run_eager(); }, setting.device);
  }
}

void register_setting(const Setting& setting) {
  benchmark::RegisterBenchmark(setting.name().c_str(),
                               [setting](benchmark::State& state) { run(state, setting); })
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_grl_benchmarks() {
  if (networks::registry().find(kNetwork) == nullptr) return;
  const Precision fp32{"fp32", torch::kFloat32};
  const Precision tf32{"tf32", torch::kFloat32, at::Float32Precision::TF32};
  const Precision bf16{"bf16", torch::kBFloat16};
  for (const auto& precision : {fp32, bf16}) {
    register_setting({{160, 120}, 1, precision, torch::kCPU, thread_counts().back()});
  }
  if (ops::cuda_devices().empty()) return;
  for (const auto& precision : {fp32, tf32, bf16}) {
    for (const std::int64_t batch : {1, 8}) {
      register_setting({{480, 270}, batch, precision, torch::Device(torch::kCUDA, 0), 1});
    }
  }
}

}  // namespace vcisr::bench
