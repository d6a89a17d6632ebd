// SPDX-License-Identifier: Apache-2.0
// vcisr-eval on real films and pictures: what it prints and writes, and how it fails.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/tool_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class EvalTest : public ToolTest {
 protected:
  [[nodiscard]] SubprocessResult eval(std::vector<std::string> arguments) const {
    return tool("vcisr-eval", std::move(arguments));
  }

  void make_film(const std::string& name, std::vector<std::string> more = {},
                 const std::string& length = "0.6") const {
    std::vector<std::string> arguments = {"-f", "lavfi", "-i",
                                          "testsrc2=s=176x144:r=25:d=" + length};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(path(name));
    ffmpeg(arguments);
  }
  void make_picture(const std::string& name, const std::string& source) const {
    if (fs::path(name).has_parent_path())
      fs::create_directories(folder_ / fs::path(name).parent_path().string());
    ffmpeg({"-f", "lavfi", "-i", source, "-frames:v", "1", path(name)});
  }
  [[nodiscard]] json read_json(const std::string& name) const {
    return json::parse(contents(path(name)));
  }

  /// What a filter of ffmpeg prints in its last line, by name.
  [[nodiscard]] double filter_value(const std::string& filter, const std::string& name,
                                    const std::string& a, const std::string& b) const {
    const auto result = run({"ffmpeg", "-cpuflags", "0", "-hide_banner", "-i", path(a), "-i",
                             path(b), "-lavfi", filter, "-f", "null", "-"});
    std::smatch match;
    EXPECT_TRUE(std::regex_search(result.err, match, std::regex("\\b" + name + ":([0-9.]+)")))
        << result.err;
    return match.empty() ? 0.0 : std::stod(match[1]);
  }
};

TEST_F(EvalTest, AgreesWithFfmpegsFilters) {
  make_film("hq.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"});
  make_film("lq.mp4", {"-c:v", "libx264", "-crf", "32", "-pix_fmt", "yuv420p"});
  const auto result = eval(
      {path("lq.mp4"), path("hq.mkv"), "-m", "psnr_yuv,ssim_ffmpeg", "--json", path("out.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = read_json("out.json");
  const auto& film = report.at("sequences").at(0);
  EXPECT_EQ(film.at("frames").size(), 15U);
  const auto pooled = [&film](const std::string& name) {
    const auto& number = film.at("pooled").at(name);
    return number.is_object() ? number.at("value").get<double>() : number.get<double>();
  };
  // The filters print six digits.
  EXPECT_NEAR(pooled("psnr_yuv_y_pooled"), filter_value("psnr", "y", "lq.mp4", "hq.mkv"), 6e-7);
  EXPECT_NEAR(pooled("psnr_yuv_v_pooled"), filter_value("psnr", "v", "lq.mp4", "hq.mkv"), 6e-7);
  EXPECT_NEAR(pooled("psnr_yuv_avg_pooled"), filter_value("psnr", "average", "lq.mp4", "hq.mkv"),
              6e-7);
  const auto mean = [&film](const std::string& name) {
    return film.at("statistics").at(name).at("mean").get<double>();
  };
  EXPECT_NEAR(mean("ssim_ffmpeg_y"), filter_value("ssim", "Y", "lq.mp4", "hq.mkv"), 2e-6);
  EXPECT_NEAR(mean("ssim_ffmpeg_u"), filter_value("ssim", "U", "lq.mp4", "hq.mkv"), 2e-6);
  EXPECT_NEAR(mean("ssim_ffmpeg_all"), filter_value("ssim", "All", "lq.mp4", "hq.mkv"), 2e-6);
}

TEST_F(EvalTest, WritesAllKindsOfReports) {
  make_film("hq.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"});
  make_film("lq.mp4", {"-c:v", "libx264", "-crf", "38", "-pix_fmt", "yuv420p"});
  make_film("restored.mp4", {"-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p"});
  const auto result = eval({"-t", path("restored.mp4"), "-r", path("hq.mkv"), "-c", path("lq.mp4"),
                            "-o", path("report"), "--worst", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("delta_psnr_y"));
  EXPECT_THAT(result.out, HasSubstr("edit lists honoured"));
  EXPECT_THAT(result.out, HasSubstr("BasicSR's luma"));
  const auto report = read_json("report/evaluation.json");
  const auto& statistics = report.at("sequences").at(0).at("statistics");
  const double delta = statistics.at("delta_psnr").at("mean");
  EXPECT_GT(delta, 1.0);
  EXPECT_NEAR(delta,
              statistics.at("psnr").at("mean").get<double>() -
                  statistics.at("psnr_compressed").at("mean").get<double>(),
              1e-9);
  const auto csv = contents(path("report/evaluation.csv"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 16);
  EXPECT_THAT(contents(path("report/evaluation.md")), HasSubstr("| "));
  const auto html = contents(path("report/evaluation.html"));
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,"));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  // Nothing is replaced unasked.
  expect_failure(eval({"-t", path("restored.mp4"), "-r", path("hq.mkv"), "-o", path("report")}), 4,
                 "exists already");
}

TEST_F(EvalTest, MeasuresFoldersAsPapersDo) {
  for (const std::string name : {"a", "b", "c"}) {
    make_picture("hq/" + name + ".png",
                 "testsrc2=s=96x80,format=rgb24,hue=h=" + std::to_string(30 * name[0]));
    make_picture("sr/" + name + "_out.png", "testsrc2=s=96x80,format=rgb24,hue=h=" +
                                                std::to_string(30 * name[0]) + ",boxblur=1");
  }
  const auto result = eval({"-d", path("sr"), "-r", path("hq"), "-m", "psnr", "-m", "ssim",
                            "--crop-border", "4", "--test-y-channel", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = json::parse(result.out);
  EXPECT_EQ(report.at("sequences").size(), 3U);
  EXPECT_EQ(report.at("columns").at(0).at("name"), "psnr_y");
  EXPECT_THAT(report.at("protocol").dump(), HasSubstr("distorted names end in '_out'"));
  EXPECT_THAT(report.at("protocol").dump(), HasSubstr("4 pixels of each side left out"));
}

TEST_F(EvalTest, CountsIdenticalPicturesAndKeepsJsonValid) {
  make_picture("a.png", "testsrc2=s=64x48,format=rgb24");
  const auto result = eval({path("a.png"), path("a.png"), "--json", path("out.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("inf"));
  const auto statistics = read_json("out.json").at("sequences").at(0).at("statistics").at("psnr");
  EXPECT_EQ(statistics.at("identical"), 1);
  EXPECT_TRUE(statistics.at("mean").is_null());
}

TEST_F(EvalTest, TakesSixteenBitsGreyAndTransparency) {
  make_picture("deep.png", "testsrc2=s=64x48,format=rgb48be");
  make_picture("shallow.png", "testsrc2=s=64x48,format=rgb24");
  make_picture("grey.png", "testsrc2=s=64x48,format=gray");
  make_picture("clear.png", "testsrc2=s=64x48,format=rgba");
  EXPECT_EQ(eval({path("deep.png"), path("deep.png")}).exit_code, 0);
  expect_failure(eval({path("deep.png"), path("shallow.png")}), 3, "--bit-depth 8 rounds both");
  EXPECT_EQ(eval({path("deep.png"), path("shallow.png"), "--bit-depth", "8"}).exit_code, 0);
  EXPECT_EQ(eval({path("grey.png"), path("shallow.png")}).exit_code, 0);
  expect_failure(eval({path("clear.png"), path("shallow.png")}), 3, "--accept alpha");
  EXPECT_EQ(eval({path("clear.png"), path("shallow.png"), "--accept", "alpha"}).exit_code, 0);
}

TEST_F(EvalTest, TellsEachUserErrorInOneSentence) {
  make_film("hq.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"});
  make_film("small.mkv", {"-vf", "scale=88:72", "-c:v", "ffv1", "-pix_fmt", "yuv420p"});
  make_film("long.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"}, "1");
  make_film("full.mkv", {"-vf", "scale=out_range=full", "-color_range", "pc", "-c:v", "ffv1",
                         "-pix_fmt", "yuv420p"});
  make_picture("dot.png", "color=red:s=1x1,format=rgb24");
  make_picture("flat.png", "color=gray:s=128x128,format=rgb24");
  make_film("cut.mp4", {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"}, "3");
  fs::resize_file(path("cut.mp4"), fs::file_size(path("cut.mp4")) / 2);
  make_film("whole.mp4", {"-c:v", "libx264", "-pix_fmt", "yuv420p"}, "3");

  expect_failure(eval({}), 2, "nothing to measure was given");
  expect_failure(eval({path("none.png"), path("dot.png")}), 3, "none.png: no such file or folder");
  expect_failure(eval({path("small.mkv"), path("hq.mkv")}), 3, "films of one size are compared");
  expect_failure(eval({path("long.mkv"), path("hq.mkv")}), 3,
                 "hq.mkv ends after 15 frames and " + path("long.mkv") + " goes on");
  expect_failure(eval({path("full.mkv"), path("hq.mkv")}), 3, "full colour range");
  expect_failure(eval({path("cut.mp4"), path("whole.mp4")}), 3, "cut.mp4");
  expect_failure(eval({path("dot.png"), path("dot.png"), "-m", "ssim"}), 3, "11x11");
  expect_failure(eval({path("dot.png"), path("flat.png")}), 3, "pictures of one size are compared");
  expect_failure(eval({path("hq.mkv"), path("dot.png")}), 3,
                 "compare pictures with pictures and films with films");
  expect_failure(eval({path("hq.mkv"), path("hq.mkv"), "-m", "psnr_yy"}), 2,
                 "did you mean 'psnr_y'");
  expect_failure(eval({path("hq.mkv"), path("hq.mkv"), "--accept", "rage"}), 2,
                 "did you mean 'range'");
  expect_failure(eval({path("hq.mkv"), "-m", "psnr"}), 2, "compares with a reference");
  expect_failure(eval({path("dot.png"), "-m", "nrqm"}), 6, "NRQM_model.mat");
  expect_failure(eval({path("hq.mkv"), path("hq.mkv"), "--rank-by", "psrn"}), 2,
                 "did you mean 'psnr'");
  expect_failure(eval({path("hq.mkv"), path("hq.mkv"), "--csv", path("hq.mkv")}), 2,
                 "is an input too");
  expect_failure(eval({path("hq.mkv"), path("hq.mkv"), "--metric-script", "x=" + path("none.pt")}),
                 6, "none.pt: no such TorchScript file");
  EXPECT_EQ(std::count_if(fs::directory_iterator(folder_.path()), fs::directory_iterator(),
                          [](const auto& entry) { return entry.path().extension() == ".json"; }),
            0);
}

TEST_F(EvalTest, RefusesPlanesThatWouldNotBeThoseStored) {
  make_film("wide.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv411p"});
  expect_failure(eval({path("wide.mkv"), path("wide.mkv"), "-m", "psnr_yuv"}), 3,
                 "whose chroma is read enlarged to 4:4:4");
  make_film("old.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p", "-colorspace", "smpte170m"});
  make_film("new.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p", "-colorspace", "bt709"});
  expect_failure(eval({path("old.mkv"), path("new.mkv"), "-m", "psnr_yuv"}), 3,
                 "metrics of planes need one colour matrix");
  const auto accepted =
      eval({path("old.mkv"), path("new.mkv"), "-m", "psnr_yuv", "--accept", "matrix"});
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_THAT(accepted.out, HasSubstr("matrices may differ"));
}

TEST_F(EvalTest, DefaultMetricsSuitTheFilms) {
  make_film("grey.mkv", {"-c:v", "ffv1", "-pix_fmt", "gray"});
  make_film("rgb.mkv", {"-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "rgb24"});
  for (const std::string film : {"grey.mkv", "rgb.mkv"}) {
    const auto result = eval({path(film), path(film)});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, Not(HasSubstr("psnr_yuv")));
  }
}

TEST_F(EvalTest, SaysWhatKeepGoingPassedOver) {
  make_film("whole.mp4", {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"},
            "3");
  fs::copy_file(path("whole.mp4"), path("cut.mp4"));
  fs::resize_file(path("cut.mp4"), fs::file_size(path("cut.mp4")) * 2 / 3);
  const auto result = eval({path("cut.mp4"), path("whole.mp4"), "-m", "psnr_yuv", "--keep-going",
                            "--accept", "count", "--json", path("out.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("damaged packets or frames"));
  EXPECT_THAT(read_json("out.json").at("sequences").at(0).at("notes").dump(),
              HasSubstr("damaged packets or frames"));
}

TEST_F(EvalTest, TriesItsOutputsBeforeItMeasures) {
  make_picture("hq/a.png", "testsrc2=s=64x48,format=rgb24");
  make_picture("sr/a.png", "testsrc2=s=64x48,format=rgb24,boxblur=1");
  const auto before = contents(path("sr/a.png"));
  expect_failure(eval({path("sr"), path("hq"), "-m", "psnr", "--json", path("sr/a.png"), "-y"}), 2,
                 "is an input too");
  EXPECT_EQ(contents(path("sr/a.png")), before);
  expect_failure(eval({path("sr"), path("hq"), "--json", path("none/a.json")}), 4, "none/a.json");
  expect_failure(eval({path("sr"), path("hq"), "--csv", "/dev/null", "-y"}), 4,
                 "is no ordinary file");
  // A run that fails leaves no folder.
  expect_failure(eval({path("sr/a.png"), path("hq/a.png"), "-m", "ms_ssim", "-o", path("report")}),
                 3, "161");
  EXPECT_FALSE(fs::exists(path("report")));
}

TEST_F(EvalTest, ReportsWhatWorkedWhenSomeFilesFail) {
  make_picture("hq/a.png", "testsrc2=s=64x48,format=rgb24");
  make_picture("hq/b.png", "testsrc2=s=64x48,format=rgb24");
  make_picture("sr/a.png", "testsrc2=s=64x48,format=rgb24,boxblur=1");
  make_picture("sr/b.png", "testsrc2=s=32x48,format=rgb24,boxblur=1");
  const auto result = eval({path("sr"), path("hq"), "-m", "psnr", "--json", path("out.json")});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_THAT(result.err, HasSubstr("is 32x48 and "));
  const auto report = read_json("out.json");
  EXPECT_TRUE(report.at("sequences").at(1).contains("error"));
  EXPECT_EQ(report.at("overall").at("statistics").at("psnr").at("count"), 1);
}

TEST_F(EvalTest, ListsItsMetricsAndPrintsItsFlags) {
  const auto list = eval({"-ls"});
  EXPECT_EQ(list.exit_code, 0);
  for (const std::string name :
       {"psnr_yuv", "ssim_y", "ms_ssim", "niqe-basicsr", "brisque-opencv", "nrqm", "pi", "vmaf",
        "script", "psnr_stdo", "flicker", "psnr_b"}) {
    EXPECT_THAT(list.out, HasSubstr("\n" + name + " ")) << name;
  }
}

TEST_F(EvalTest, HoldsFewFramesOfALongFilm) {
  const auto peak = [this](const std::string& seconds) {
    make_film("long.mkv",
              {"-vf", "scale=640:480", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt",
               "yuv420p", "-g", "25"},
              seconds);
    const auto result =
        eval({path("long.mkv"), path("long.mkv"), "-m", "psnr_yuv,flicker", "-j", "2"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.peak_rss_kib;
  };
  // 200 frames more are 92 MB of planes; the allocator's ups and downs are a few.
  const auto short_film = peak("2");
  EXPECT_LT(peak("10") - short_film, 24 * 1024);
}

}  // namespace
}  // namespace vcisr::tests
