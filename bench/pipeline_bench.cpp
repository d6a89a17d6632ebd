// SPDX-License-Identifier: Apache-2.0
// Degradation from start to end: pairs per second of the presets at 360 -> 90 with the share of
// each stage, of each codec alone, and of the ffmpeg program over PNG files as the yardstick.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <ATen/Parallel.h>

#include "bench.h"
#include "vcisr/core/worker_pool.h"
#include "vcisr/data/batch_degrader.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/video_compression.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/ops/interpolate.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::bench {
namespace {

using Clock = std::chrono::steady_clock;
using degradation::BatchRecipe;
using degradation::Pipeline;

constexpr std::int64_t kPatch = 360;
constexpr std::int64_t kLq = 90;
constexpr std::int64_t kBatch = 128;
// Draws are per batch and scales decide the cost: fewer would measure luck.
constexpr std::uint64_t kBatches = 16;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Noise of all octaves, as photographs have it, uint8 [n, 3, side, side].
torch::Tensor photographs(std::int64_t n, std::int64_t side) {
  torch::manual_seed(1);
  auto sum = torch::zeros({n, 3, side, side});
  double weight = 0.25;
  for (std::int64_t step = 2; step <= side / 2; step *= 2, weight *= 1.4) {
    const std::int64_t coarse = side / step + 2;
    sum += weight * ops::interpolate(torch::randn({n, 3, coarse, coarse}), side, side,
                                     ops::InterpolateMode::kBicubic);
  }
  return imaging::to_8bit((0.5 + 0.2 * sum / sum.std()).clamp(0, 1));
}

const torch::Tensor& patches() {
  static const torch::Tensor made = photographs(kBatch, kPatch);
  return made;
}

BatchRecipe recipe_of(const Pipeline& pipeline, std::uint64_t batch) {
  return pipeline.draw(std::vector<degradation::PictureSize>(kBatch, {kPatch, kPatch}),
                       Rng(20).fork(batch));
}

std::string kind_of(const degradation::Step& step) {
  static const std::vector<std::string> kNames = {"blur", "resize", "noise", "noise", "jpeg",
                                                  "webp", "other",  "other", "codec"};
  return kNames.at(step.index());
}

/// On this thread, with a clock at each step.
std::map<std::string, double> timed_batch(const BatchRecipe& recipe) {
  std::map<std::string, double> seconds;
  std::map<std::int64_t, std::vector<torch::Tensor>> waiting;
  for (std::size_t i = 0; i < recipe.units.size(); ++i) {
    auto start = Clock::now();
    torch::Tensor picture = imaging::to_float(patches()[static_cast<std::int64_t>(i)]).unsqueeze(0);
    seconds["other"] += seconds_since(start);
    for (const auto& step : recipe.units[i].steps) {
      start = Clock::now();
      if (const auto* const group = std::get_if<degradation::GroupStep>(&step)) {
        waiting[group->group].push_back(picture);
        break;  // In the presets the codec comes last.
      }
      picture = degradation::apply_step(picture, step);
      seconds[kind_of(step)] += seconds_since(start);
    }
  }
  for (const auto& group : recipe.groups) {
    const auto start = Clock::now();
    (void)imaging::to_8bit(degradation::apply(torch::cat(waiting.at(group.group)), group.step));
    seconds["codec"] += seconds_since(start);
  }
  return seconds;
}

void one_thread(benchmark::State& state, const std::string& preset) {
  at::set_num_threads(1);
  const c10::InferenceMode inference_mode;
  const Pipeline pipeline = Pipeline::load(preset);
  (void)timed_batch(recipe_of(pipeline, kBatches));
  for (auto _ : state) {
    std::map<std::string, double> seconds;
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
      for (const auto& [kind, spent] : timed_batch(recipe_of(pipeline, batch))) {
        seconds[kind] += spent;
      }
    }
    double total = 0;
    for (const auto& [kind, spent] : seconds) total += spent;
    state.SetIterationTime(total);
    state.counters["pairs_per_s"] = static_cast<double>(kBatches * kBatch) / total;
    for (const auto& [kind, spent] : seconds)
      state.counters["percent_" + kind] = 100 * spent / total;
  }
}

/// As the patch stream does it: several batches under way on a pool.
void on_pool(benchmark::State& state, const std::string& preset, int threads) {
  const Pipeline pipeline = Pipeline::load(preset);
  std::vector<data::HqPicture> pictures;
  for (std::int64_t i = 0; i < kBatch; ++i) pictures.push_back({patches()[i], {}, {}});
  WorkerPool pool(threads, [] { ops::use_one_intra_op_thread(); });
  for (auto _ : state) {
    data::BatchDegrader degrader(pool, 2);
    const auto start = Clock::now();
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
      if (degrader.is_full()) (void)degrader.pop();
      degrader.push({pictures, recipe_of(pipeline, batch)});
    }
    while (!degrader.is_empty()) (void)degrader.pop();
    const double total = seconds_since(start);
    state.SetIterationTime(total);
    state.counters["pairs_per_s"] = static_cast<double>(kBatches * kBatch) / total;
  }
}

degradation::VideoCompressionStep step_of(const std::string& codec) {
  degradation::VideoCompressionStep step;
  step.codec = codec;
  step.encoded_width_px = kLq;
  step.rate = media::Crf{codec == "libx265" ? 31.0 : 26.0};
  if (codec == "libx264" || codec == "libx265") step.preset = "medium";
  if (codec == "libsvtav1") step.preset = "8";
  if (codec == "libvpx-vp9") step.preset = "3";
  if (codec == "mpeg2video" || codec == "mpeg4" || codec == "libxvid") {
    step.rate = media::BitrateKbps{4800};
  }
  return step;
}

torch::Tensor small_clip() {
  return ops::interpolate(imaging::to_float(patches()), kLq, kLq, ops::InterpolateMode::kArea);
}

void one_codec(benchmark::State& state, const std::string& codec, int threads) {
  at::set_num_threads(1);
  const auto step = step_of(codec);
  const auto clip = small_clip();
  constexpr int kRounds = 4;
  for (auto _ : state) {
    const auto start = Clock::now();
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        ops::use_one_intra_op_thread();
        for (int round = 0; round < kRounds; ++round) (void)degradation::apply(clip, step);
      });
    }
    for (auto& worker : workers) worker.join();
    const double total = seconds_since(start);
    state.SetIterationTime(total);
    state.counters["pairs_per_s"] = static_cast<double>(threads * kRounds * kBatch) / total;
  }
}

/// The published way: PNG files, two ffmpeg processes, PNG files (spec 2.8, libx264).
void command_line(benchmark::State& state) {
  if (std::system("ffmpeg -version > /dev/null 2>&1") != 0) {
    state.SkipWithError("no ffmpeg program here");
    return;
  }
  const auto clip = imaging::to_8bit(small_clip());
  const auto folder = std::filesystem::temp_directory_path() /
                      ("vcisr-bench-" + std::to_string(Clock::now().time_since_epoch().count()));
  std::filesystem::create_directory(folder);
  const auto name = [&folder](const std::string& stem, std::int64_t index) {
    std::string digits = std::to_string(index);
    digits.insert(0, 3 - digits.size(), '0');
    return folder / (stem + digits + ".png");
  };
  const std::string film = (folder / "merge.mp4").string();
  const std::string encode = "ffmpeg -y -r 25 -i " + (folder / "in_%03d.png").string() +
                             " -vcodec libx264 -crf 26 -vf scale=90:90 -preset medium -pix_fmt "
                             "yuv420p " +
                             film + " -loglevel 0";
  const std::string decode = "ffmpeg -y -i " + film + " -vf scale=90:90,fps=25 " +
                             (folder / "out_%03d.png").string() + " -loglevel 0";
  for (auto _ : state) {
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < kBatch; ++i)
      imaging::write_rgb8(name("in_", i), clip[i], {.existing = AtomicFile::Existing::kReplace});
    const bool failed = std::system(encode.c_str()) != 0 || std::system(decode.c_str()) != 0;
    for (std::int64_t i = 1; i <= kBatch && !failed; ++i) (void)imaging::read_rgb8(name("out_", i));
    const double total = seconds_since(start);
    if (failed) state.SkipWithError("ffmpeg failed");
    state.SetIterationTime(total);
    state.counters["pairs_per_s"] = static_cast<double>(kBatch) / total;
  }
  std::filesystem::remove_all(folder);
}

template <class Body>
void add(const std::string& name, Body body) {
  benchmark::RegisterBenchmark(("degradation/" + name).c_str(), body)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_pipeline_benchmarks() {
  for (const std::string preset :
       {"vcisr_paper", "vcisr", "image_only", "real_esrgan", "codec_only"}) {
    add("pipeline/" + preset + "/stages/threads:1",
        [preset](benchmark::State& state) { one_thread(state, preset); });
    for (const int threads : thread_counts()) {
      add("pipeline/" + preset + "/threads:" + std::to_string(threads),
          [preset, threads](benchmark::State& state) { on_pool(state, preset, threads); });
    }
  }
  for (const std::string codec :
       {"mpeg2video", "mpeg4", "libxvid", "libx264", "libx265", "libvpx-vp9", "libsvtav1"}) {
    for (const int threads : thread_counts()) {
      add("codec/" + codec + "/threads:" + std::to_string(threads),
          [codec, threads](benchmark::State& state) { one_codec(state, codec, threads); });
    }
  }
  add("codec/ffmpeg_over_png", command_line);
}

}  // namespace vcisr::bench
