// SPDX-License-Identifier: Apache-2.0
// Films: decoding and encoding alone, and the whole way beside the ffmpeg program doing the same
// work.
//
// The film is a 1280x720 test pattern with noise; VCISR_BENCH_FILM names another one. Where neither
// that nor the ffmpeg program is there, these benchmarks are left out.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "bench.h"
#include "vcisr/inference/restore_film.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/media/video_encoder.h"
#include "vcisr/networks/weights.h"

namespace vcisr::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A folder for what is written, gone at the end of the process.
class Scratch {
 public:
  Scratch() : path_(fs::temp_directory_path() / ("vcisr-bench-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

const Scratch& scratch() {
  static const Scratch folder;
  return folder;
}

bool shell(const std::string& command) {
  return std::system((command + " 2>/dev/null").c_str()) == 0;
}

/// 720p with moving detail: the film that was named, or a test pattern with noise.
std::string film() {
  static const std::string path = []() -> std::string {
    if (const char* named = std::getenv("VCISR_BENCH_FILM"); named != nullptr) return named;
    const std::string made = scratch().file("film.mp4");
    const bool ok = shell(
        "ffmpeg -v error -y -f lavfi -i testsrc2=s=1280x720:r=25:d=4,noise=alls=6:allf=t -pix_fmt "
        "yuv420p "
        "-c:v libx264 -crf 23 '" +
        made + "'");
    return ok ? made : "";
  }();
  return path;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<media::Frame> read_all(const std::string& path) {
  media::VideoDecoder decoder(path);
  std::vector<media::Frame> frames;
  while (auto frame = decoder.read()) frames.push_back(std::move(*frame));
  return frames;
}

void decode(benchmark::State& state) {
  std::int64_t frames = 0;
  for (auto _ : state) {
    media::VideoDecoder decoder(film());
    while (decoder.read()) ++frames;
  }
  state.counters["fps"] =
      benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}

void encode(benchmark::State& state, const std::string& codec, const std::string& preset) {
  const auto frames = read_all(film());
  const media::VideoDecoder decoder(film());
  std::int64_t written = 0;
  for (auto _ : state) {
    media::VideoEncoderOptions options;
    options.codec = codec;
    options.preset = preset;
    media::VideoWriter writer(
        scratch().file("encoded.mkv"), decoder.info(), {},
        {decoder.info().width, decoder.info().height, decoder.info().format, ""}, options,
        AtomicFile::Existing::kReplace);
    for (const auto& frame : frames) writer.write(frame);
    writer.finish();
    written += static_cast<std::int64_t>(frames.size());
  }
  state.counters["fps"] =
      benchmark::Counter(static_cast<double>(written), benchmark::Counter::kIsRate);
}

/// The product's way: decode, bicubic x2, libx264 veryfast; and in the same round the ffmpeg
/// program's.
void end_to_end(benchmark::State& state) {
  const auto model = networks::load_network("bicubic", "", 2);
  double ours = 0;
  double theirs = 0;
  inference::FilmReport report;
  for (auto _ : state) {
    auto start = Clock::now();
    inference::Restorer restorer(model.network, {});
    const auto source = inference::open_film(film(), {});
    inference::FilmSinkOptions options;
    options.encoder.preset = "veryfast";
    options.encoder.crf = 18;
    options.existing = AtomicFile::Existing::kReplace;
    const auto sink =
        inference::create_film(scratch().file("ours.mp4"), source->info(), {},
                               inference::restored_size(source->info(), restorer), options);
    report = inference::restore_film(*source, restorer, *sink, {});
    ours += seconds_since(start);
    start = Clock::now();
    if (!shell(
            "ffmpeg -v error -y -i '" + film() +
            "' -vf scale=iw*2:ih*2:flags=bicubic -c:v libx264 -preset veryfast -crf 18 -c:a copy "
            "-movflags +faststart '" +
            scratch().file("theirs.mp4") + "'")) {
      state.SkipWithError("the ffmpeg program failed");
      break;
    }
    theirs += seconds_since(start);
  }
  const double frames = static_cast<double>(report.frames_written * state.iterations());
  const double busy = report.decode_seconds + report.process_seconds + report.encode_seconds;
  state.counters["ours_fps"] = frames / ours;
  state.counters["ffmpeg_fps"] = frames / theirs;
  state.counters["ratio"] = theirs / ours;
  state.counters["decode_share"] = report.decode_seconds / busy;
  state.counters["process_share"] = report.process_seconds / busy;
  state.counters["encode_share"] = report.encode_seconds / busy;
}

}  // namespace

void register_film_benchmarks() {
  const auto each = [](const std::string& name, auto body) {
    benchmark::RegisterBenchmark(
        name.c_str(),
        [body](benchmark::State& state) {
          if (film().empty()) {
            state.SkipWithError("no film: name one by VCISR_BENCH_FILM, or install ffmpeg");
            return;
          }
          body(state);
        })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  each("film/decode", decode);
  each("film/encode/libx264/veryfast",
       [](benchmark::State& s) { encode(s, "libx264", "veryfast"); });
  each("film/encode/libx264/medium", [](benchmark::State& s) { encode(s, "libx264", "medium"); });
  each("film/encode/libx265/medium", [](benchmark::State& s) { encode(s, "libx265", "medium"); });
  each("film/encode/ffv1", [](benchmark::State& s) { encode(s, "ffv1", ""); });
  each("film/bicubic_x2_beside_ffmpeg", end_to_end);
}

}  // namespace vcisr::bench
