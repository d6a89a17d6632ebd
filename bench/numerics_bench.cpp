// SPDX-License-Identifier: Apache-2.0
// What low precision and a halo below the receptive field change; the tables of docs/numerics.md:
//   vcisr-bench --benchmark_filter=deviation
//
// Weights: the hash rule of the golden files (`hash`), or what training starts from (`initial`).
// The picture is noise by the hash rule, or a smooth one.
#include <memory>

#include <ATen/Parallel.h>

#include "bench.h"
#include "support/hash_rule.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/tiling.h"

namespace vcisr::bench {
namespace {

struct Subject {
  std::string name, yaml;
  bool initial_weights;
  std::vector<std::int64_t> halos;  ///< lq pixels.
};

const std::vector<Subject>& subjects() {
  const std::string x4 = "{type: rrdbnet, num_block: 23, scale: 4}";
  const std::string x2 = "{type: rrdbnet, num_block: 23, scale: 2}";
  const std::string anime = "{type: rrdbnet, num_block: 6, scale: 4}";
  const std::string compact = "{type: srvgg_compact, num_conv: 16, scale: 4}";
  static const std::vector<Subject> list{
      {"rrdbnet_23_x4/hash", x4, false, {0, 4, 10, 16, 24, 32, 48, 64}},
      {"rrdbnet_23_x4/initial", x4, true, {10, 32}},
      {"rrdbnet_23_x2/hash", x2, false, {10, 16, 32, 64}},
      {"rrdbnet_6_x4/hash", anime, false, {10, 16, 32, 64}},
      {"srvgg_compact_16_x4/hash", compact, false, {10, 18}}};
  return list;
}

networks::NetworkPtr make(const Subject& subject) {
  torch::manual_seed(1);
  auto network = networks::registry().make(Config::parse(subject.yaml));
  if (!subject.initial_weights) tests::fill_by_hash_rule(*network);
  networks::prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  return network;
}

torch::Tensor noise(const Size& size) {
  return tests::hash_image("deviation", {1, 3, size.height, size.width});
}

/// Three waves of some twelve pixels' length: what a natural picture mostly is.
torch::Tensor smooth(const Size& size) {
  const auto across = torch::arange(size.width, torch::kFloat32).unsqueeze(0);
  const auto down = torch::arange(size.height, torch::kFloat32).unsqueeze(1);
  const auto wave = [&](double x, double y) { return (across * x + down * y).sin() * 0.4 + 0.5; };
  return at::stack({wave(0.5, 0.1), wave(0.2, 0.4), wave(-0.3, 0.3)}).unsqueeze(0);
}

torch::Tensor restore(networks::Network& network, const torch::Tensor& lq,
                      const networks::TileOptions& options) {
  const std::int64_t s = network.scale();
  auto out = torch::empty({1, 3, s * lq.size(2), s * lq.size(3)});
  networks::forward_tiled(network, lq, options, out);
  return out;
}

void report(benchmark::State& state, const torch::Tensor& restored, const torch::Tensor& expected) {
  const auto difference = (restored - expected).abs();
  const double magnitude = expected.abs().mean().item<double>();
  state.counters["max"] = difference.max().item<double>();
  state.counters["max_rel"] = difference.max().item<double>() / magnitude;
  state.counters["mean_rel"] = difference.mean().item<double>() / magnitude;
  state.counters["mean_abs_value"] = magnitude;
}

/// Two tiles side by side against the whole picture, whose result is kept from halo to halo.
void halo_deviation(benchmark::State& state, const Subject& subject, bool is_smooth,
                    std::int64_t halo) {
  static std::string kept_name;
  static networks::NetworkPtr network;
  static torch::Tensor lq, expected;
  const std::string name = subject.name + (is_smooth ? "/smooth" : "/noise");
  at::set_num_threads(thread_counts().back());
  if (kept_name != name) {
    constexpr Size kSize{192, 48};
    network = make(subject);
    lq = is_smooth ? smooth(kSize) : noise(kSize);
    expected = restore(*network, lq, {});
    kept_name = name;
  }
  torch::Tensor restored;
  for (auto _ : state) restored = restore(*network, lq, {.tile_px = 96, .halo_px = halo});
  report(state, restored, expected);
}

void bfloat16_deviation(benchmark::State& state, const Subject& subject, bool is_smooth) {
  const auto network = make(subject);
  const auto lq = is_smooth ? smooth({64, 64}) : noise({64, 64});
  at::set_num_threads(thread_counts().back());
  const auto expected = restore(*network, lq, {});
  networks::prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  torch::Tensor restored;
  for (auto _ : state) restored = restore(*network, lq, {});
  report(state, restored, expected);
}

void register_once(const std::string& name, const std::function<void(benchmark::State&)>& body) {
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->Iterations(1)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_numerics_benchmarks() {
  for (const auto& subject : subjects()) {
    for (const bool is_smooth : {false, true}) {
      const std::string tail = subject.name + (is_smooth ? "/smooth" : "/noise");
      for (const std::int64_t halo : subject.halos) {
        register_once(
            "deviation/halo/" + tail + "/halo_px:" + std::to_string(halo),
            [=](benchmark::State& state) { halo_deviation(state, subject, is_smooth, halo); });
      }
      register_once("deviation/bf16/" + tail, [=](benchmark::State& state) {
        bfloat16_deviation(state, subject, is_smooth);
      });
    }
  }
}

}  // namespace vcisr::bench
