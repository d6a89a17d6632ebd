// SPDX-License-Identifier: Apache-2.0
// vcisr-infer on films, pipes and sequences: what a user gets back.
#include <cmath>
#include <filesystem>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/tool_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct PlanePsnr {
  double y = 0, u = 0, v = 0;
};

class InferFilm : public ToolTest {
 protected:
  /// PSNR of two films of one size, frames paired by their index, in dB; infinity when equal.
  PlanePsnr psnr(const std::string& a, const std::string& b) const {
    const auto result = run({"ffmpeg", "-v", "info", "-i", a, "-i", b, "-lavfi",
                             "[0:V]settb=1/25,setpts=N[a];[1:V]settb=1/25,setpts=N[b];[a][b]psnr",
                             "-f", "null", "-"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::smatch match;
    const std::regex line("PSNR y:(\\S+) u:(\\S+) v:(\\S+)");
    EXPECT_TRUE(std::regex_search(result.err, match, line)) << result.err;
    const auto value = [&](int i) {
      return match[i] == "inf" ? INFINITY : std::stod(match[i].str());
    };
    return {value(1), value(2), value(3)};
  }
  /// Sound and pictures to try things on: 1 s of test pattern with a tone.
  void make_film(const std::string& name, const std::string& source = "testsrc2=s=64x48:r=25:d=1",
                 std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"-f",      "lavfi",     "-i",       source, "-f",
                                          "lavfi",   "-i",        "sine=d=1", "-c:v", "libx264",
                                          "-preset", "ultrafast", "-c:a",     "aac"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(path(name));
    ffmpeg(arguments);
  }
  std::string audio_hash(const std::string& file) const {
    return run({"ffmpeg", "-v", "error", "-i", file, "-map", "0:a", "-c", "copy", "-f",
                "streamhash", "-"})
        .out;
  }
};

TEST_F(InferFilm, IdentityIntoFfv1KeepsThePicture) {
  // Formats x matrices; the test pattern's chroma has detail that no interpolation brings back (33
  // dB).
  for (const std::string format : {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray"}) {
    const std::string in = path(format + ".mkv");
    ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=98x54:r=10:d=0.5", "-pix_fmt", format, "-c:v", "ffv1",
            "-colorspace", "bt709", "-color_range", "tv", in});
    const auto result = infer({in, "-m", "identity", "-c", "ffv1", "-o", path("o.mkv"), "-y"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto now = ffprobe({"-show_entries", "stream=pix_fmt", "-of", "csv=p=0", path("o.mkv")});
    EXPECT_THAT(now, HasSubstr(format));
    if (format == "gray") continue;
    const auto db = psnr(in, path("o.mkv"));
    EXPECT_GE(db.y, 60) << format;
    EXPECT_GE(db.u, 45) << format;
    EXPECT_GE(db.v, 45) << format;
    if (format == "yuv444p") {
      EXPECT_TRUE(std::isinf(db.y) && std::isinf(db.u) && std::isinf(db.v));
    }
  }
}

TEST_F(InferFilm, KeepsFramesAndSound) {
  make_film("f.mp4", "testsrc2=s=64x48:r=25:d=1", {"-bf", "3"});
  const auto result =
      infer({path("f.mp4"), "-s", "2", "--report", path("r.json"), "--progress", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(frame_count(path("f_out.mp4")), 25);
  EXPECT_EQ(audio_hash(path("f.mp4")), audio_hash(path("f_out.mp4")));
  EXPECT_THAT(ffprobe({"-select_streams", "v", "-show_entries", "stream=width,height", "-of",
                       "csv=p=0", path("f_out.mp4")}),
              HasSubstr("128,96"));
  const auto report = nlohmann::json::parse(contents(path("r.json")));
  EXPECT_EQ(report["items"][0]["film"]["frames_written"], 25);
  EXPECT_EQ(report["items"][0]["status"], "done");
  EXPECT_EQ(report["model"]["name"], "bicubic");
  EXPECT_THAT(result.err, HasSubstr("\"event\":\"progress\""));
  EXPECT_THAT(result.err, HasSubstr("share of the work"));
}

TEST_F(InferFilm, ReadsAndWritesPipes) {
  ffmpeg(
      {"-f", "lavfi", "-i", "testsrc2=s=34x22:r=25:d=0.4", "-pix_fmt", "yuv420p", path("f.y4m")});
  const auto y4m = infer({"-i", "-", "-o", "-", "-s", "2"}, contents(path("f.y4m")));
  ASSERT_EQ(y4m.exit_code, 0) << y4m.err;
  EXPECT_TRUE(y4m.out.starts_with("YUV4MPEG2 W68 H44 F25:1"));
  write(path("out.y4m"), y4m.out);
  EXPECT_EQ(frame_count(path("out.y4m")), 10);

  ffmpeg({"-i", path("f.y4m"), "-f", "rawvideo", path("f.yuv")});
  const auto raw = infer({"-", "-o", "-", "--rawvideo", "--input-size", "34x22", "-m", "identity"},
                         contents(path("f.yuv")));
  ASSERT_EQ(raw.exit_code, 0) << raw.err;
  EXPECT_EQ(raw.out.size(), fs::file_size(path("f.yuv")));
  const auto file = infer({path("f.yuv"), "--input-size", "34x22", "-o", path("g.y4m"), "-s", "1"});
  ASSERT_EQ(file.exit_code, 0) << file.err;
  EXPECT_EQ(frame_count(path("g.y4m")), 10);
  expect_failure(infer({path("f.yuv"), "--input-size", "35x22", "-o", path("h.y4m")}), 3, "35x22");
}

TEST_F(InferFilm, TurnsFilmsIntoPicturesAndBack) {
  make_film("f.mp4", "testsrc2=s=32x24:r=5:d=1");
  const auto apart = infer({path("f.mp4"), "-m", "identity", "-o", path("frames/%03d.png")});
  ASSERT_EQ(apart.exit_code, 0) << apart.err;
  EXPECT_TRUE(fs::exists(path("frames/001.png")));
  EXPECT_TRUE(fs::exists(path("frames/005.png")));
  EXPECT_FALSE(fs::exists(path("frames/006.png")));
  for (const std::string input : {"frames/%03d.png", "frames"}) {
    const auto joined =
        infer({path(input), "-s", "2", "-o", path("joined.mp4"), "--fps", "5", "-y"});
    ASSERT_EQ(joined.exit_code, 0) << joined.err;
    EXPECT_EQ(frame_count(path("joined.mp4")), 5);
    EXPECT_THAT(ffprobe({"-show_entries", "stream=width,height,r_frame_rate", "-of", "csv=p=0",
                         path("joined.mp4")}),
                HasSubstr("64,48,5/1"));
  }
}

TEST_F(InferFilm, TurnsPicturesOfARotatedFilm) {
  // 4:4:4, so that only the turn can differ from what ffmpeg shows.
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=0.2,format=yuv444p", "-c:v", "libx264",
          path("f.mp4")});
  ffmpeg({"-i", path("f.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", path("r.mp4")});
  const auto result = infer({path("r.mp4"), "-m", "identity", "-o", path("o/%d.png")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(ffprobe({"-show_entries", "stream=width,height", "-of", "csv=p=0", path("o/1.png")}),
              HasSubstr("48,64"));
  ffmpeg({"-i", path("r.mp4"), "-frames:v", "1", path("shown.png")});
  const auto db = run({"ffmpeg", "-v", "info", "-i", path("o/1.png"), "-i", path("shown.png"),
                       "-lavfi", "psnr", "-f", "null", "-"});
  std::smatch match;
  ASSERT_TRUE(std::regex_search(db.err, match, std::regex("average:(\\S+)"))) << db.err;
  EXPECT_TRUE(match[1] == "inf" || std::stod(match[1].str()) > 40) << match[1];
}

TEST_F(InferFilm, LeavesOutWhatMovCannotHold) {
  make_film("f.mkv", "testsrc2=s=32x24:r=25:d=0.4", {"-c:a", "libopus"});
  const auto result = infer({path("f.mkv"), "-m", "identity", "-o", path("f.mov")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("opus"));
  EXPECT_EQ(frame_count(path("f.mov")), 10);
}

TEST_F(InferFilm, CutsAtStartAndEnd) {
  make_film("f.mp4", "testsrc2=s=32x24:r=25:d=1", {"-g", "10"});
  const auto result =
      infer({path("f.mp4"), "-m", "identity", "-ss", "0.2", "-to", "0.6", "-o", path("c.mp4")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(frame_count(path("c.mp4")), 10);
}

TEST_F(InferFilm, MemoryIsFlatInTheFilmsLength) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=50:d=1", "-c:v", "libx264", "-preset",
          "ultrafast", path("short.mkv")});
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=50:d=20", "-c:v", "libx264", "-preset",
          "ultrafast", path("long.mkv")});
  const auto peak = [&](const std::string& name) {
    const auto result =
        infer({path(name), "-s", "2", "--preset", "ultrafast", "-o", path("o.mkv"), "-y"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return static_cast<double>(result.peak_rss_kib);
  };
  const double few = peak("short.mkv");
  const double many = peak("long.mkv");
  EXPECT_LE(many, few * 1.05) << few << " KiB for 50 frames, " << many << " KiB for 1000";
}

TEST_F(InferFilm, DryRunWritesNothing) {
  make_film("f.mp4", "testsrc2=s=32x24:r=25:d=1");
  const auto result = infer({path("f.mp4"), "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("32x24 -> 64x48"));
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"f.mp4"});
  const auto bench = infer({path("f.mp4"), "--benchmark"});
  EXPECT_EQ(bench.exit_code, 0) << bench.err;
  EXPECT_THAT(bench.err, HasSubstr("share of the work"));
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"f.mp4"});
}

TEST_F(InferFilm, TakesFlagsFromAFile) {
  make_film("f.mp4", "testsrc2=s=32x24:r=25:d=0.2");
  write(path("c.yaml"),
        "scale: 3\ntile_size: none\noverwrite: true\nencoder-option: [g=5, bf=0]\n");
  const auto shown = infer({"--config", path("c.yaml"), "-s", "2", "--print-config"});
  EXPECT_EQ(shown.out,
            "overwrite: true\nscale: \"2\"\ntile: \"none\"\nencoder-option: "
            "[\"g=5\",\"bf=0\"]\n");
  const auto result = infer({path("f.mp4"), "--config", path("c.yaml")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(ffprobe({"-show_entries", "stream=width", "-of", "csv=p=0", path("f_out.mp4")}),
              HasSubstr("96"));
  write(path("c.yaml"), "scale: 3\nscael: 2\n");
  expect_failure(infer({path("f.mp4"), "--config", path("c.yaml")}), 2,
                 "c.yaml:2: scael: unknown key (did you mean 'scale'?)");
}

TEST_F(InferFilm, AnswersQuestions) {
  EXPECT_THAT(infer({"--help"}).out, HasSubstr("Exit codes"));
  EXPECT_THAT(infer({"--version"}).out, HasSubstr("LibTorch 2."));
  EXPECT_THAT(infer({"--list-archs"}).out, HasSubstr("srvgg_compact"));
  EXPECT_THAT(infer({"--list-models"}).out, HasSubstr("bicubic"));
  EXPECT_THAT(infer({"--list-devices"}).out, HasSubstr("cpu"));
  EXPECT_THAT(infer({"--list-encoders"}).out, HasSubstr("libx264"));
}

}  // namespace
}  // namespace vcisr::tests
