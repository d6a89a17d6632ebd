// SPDX-License-Identifier: Apache-2.0
// The patch stream from files to training batches: pairs per second with reading, USM targets and
// degrading, at 360 -> 90, from made-up photographs in JPEG files.
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <unistd.h>

#include "bench.h"
#include "vcisr/data/patch_stream.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/interpolate.h"

namespace vcisr::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Pictures of one size in a folder that is gone at the end of the process.
class Photographs {
 public:
  Photographs(const Size& size, std::int64_t count)
      : path_(fs::temp_directory_path() /
              ("vcisr-bench-photographs-" + size.text() + "-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
    torch::manual_seed(1);
    for (std::int64_t i = 0; i < count; ++i) {
      imaging::write_rgb8(path_ / (std::to_string(i) + ".jpg"), photograph(size), {.quality = 92});
    }
  }
  ~Photographs() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Photographs(const Photographs&) = delete;
  Photographs& operator=(const Photographs&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  /// Noise of all octaves, as photographs have it.
  static torch::Tensor photograph(const Size& size) {
    auto sum = torch::zeros({1, 3, size.height, size.width});
    double weight = 0.25;
    for (std::int64_t step = 2; step <= 256; step *= 2, weight *= 1.4) {
      const auto coarse = torch::randn({1, 3, size.height / step + 2, size.width / step + 2});
      sum += weight *
             ops::interpolate(coarse, size.height, size.width, ops::InterpolateMode::kBicubic);
    }
    return imaging::to_8bit((0.5 + 0.2 * sum / sum.std()).clamp(0, 1)[0]);
  }

  fs::path path_;
};

struct Subject {
  std::string preset;
  Size size;
  int threads = 1;
  bool with_sharpening = true;
};

const Photographs& photographs(const Size& size) {
  // 288 patches of either size; the small ones are mirrored at the bottom.
  static std::map<std::int64_t, Photographs> made;
  return made.try_emplace(size.width, size, size.width == 1440 ? 24 : 288).first->second;
}

void run(benchmark::State& state, const Subject& subject) {
  data::PatchStreamOptions options;
  options.sources = {photographs(subject.size).path()};
  options.threads = subject.threads;
  if (!subject.with_sharpening) options.sharpening.reset();
  data::PatchStream stream(options, std::make_shared<const degradation::Pipeline>(
                                        degradation::Pipeline::load(subject.preset)));
  std::int64_t pairs = 0;
  std::int64_t epoch = 0;
  for (auto _ : state) {
    const auto start = Clock::now();
    // Draws are per batch and decide the cost: one epoch alone would measure luck.
    for (int i = 0; i < 4; ++i) {
      stream.start_epoch(epoch++, 0);
      while (const auto batch = stream.next()) pairs += batch->lq.size(0);
    }
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
  }
  state.counters["pairs_per_s"] =
      benchmark::Counter(static_cast<double>(pairs), benchmark::Counter::kIsRate);
}

}  // namespace

void register_patch_stream_benchmarks() {
  for (const int threads : {1, 2}) {
    for (const Subject& subject :
         {Subject{"vcisr_paper", {1440, 1080}, threads}, Subject{"vcisr", {1440, 1080}, threads},
          Subject{"codec_only", {1440, 1080}, threads}, Subject{"vcisr", {481, 321}, threads},
          Subject{"vcisr", {1440, 1080}, threads, false}}) {
      const std::string name = "patch_stream/" + subject.preset + "/" + subject.size.text() +
                               (subject.with_sharpening ? "" : "/without_usm") +
                               "/threads:" + std::to_string(threads);
      benchmark::RegisterBenchmark(name.c_str(),
                                   [subject](benchmark::State& state) { run(state, subject); })
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace vcisr::bench
