// SPDX-License-Identifier: Apache-2.0
// vcisr-bench: how long the parts take on this machine. Takes Google Benchmark's flags:
//   vcisr-bench --benchmark_filter=forward/rrdbnet --benchmark_out=bench.json
#include <fstream>
#include <sstream>
#include <string>

#include <ATen/Version.h>
#include <torch/version.h>

#include "bench.h"
#include "vcisr/core/version.h"
#include "vcisr/ops/device.h"

namespace vcisr::bench {
namespace {

/// The first value of a key in /proc/cpuinfo.
std::string cpu_info(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos && colon + 2 < line.size()) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

/// Those of the CPU's instruction sets that the kernels choose by.
std::string instruction_sets() {
  std::istringstream flags(cpu_info("flags"));
  std::string found;
  for (std::string flag; flags >> flag;) {
    if (flag == "avx2" || flag == "fma" || flag.starts_with("avx512") || flag.starts_with("amx") ||
        flag == "avx_vnni") {
      found += (found.empty() ? "" : " ") + flag;
    }
  }
  return found;
}

void add_context() {
  benchmark::AddCustomContext("vcisr", std::string(version()));
  benchmark::AddCustomContext("libtorch", TORCH_VERSION);
  benchmark::AddCustomContext("cpu_model", cpu_info("model name"));
  benchmark::AddCustomContext("cpu_instruction_sets", instruction_sets());
  benchmark::AddCustomContext("libtorch_kernels_for", at::get_cpu_capability());
  for (const auto& gpu : ops::cuda_devices()) {
    benchmark::AddCustomContext("cuda_" + std::to_string(gpu.index), gpu.name);
  }
}

}  // namespace
}  // namespace vcisr::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  vcisr::bench::add_context();
  vcisr::bench::register_network_benchmarks();
  vcisr::bench::register_color_benchmarks();
  vcisr::bench::register_resize_benchmarks();
  vcisr::bench::register_film_benchmarks();
  vcisr::bench::register_numerics_benchmarks();
  vcisr::bench::register_grl_benchmarks();
  vcisr::bench::register_noise_benchmarks();
  vcisr::bench::register_degradation_benchmarks();
  vcisr::bench::register_degradation_ops_benchmarks();
  vcisr::bench::register_pipeline_benchmarks();
  vcisr::bench::register_patch_stream_benchmarks();
  vcisr::bench::register_training_benchmarks();
  vcisr::bench::register_metric_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
