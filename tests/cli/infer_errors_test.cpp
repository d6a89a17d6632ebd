// SPDX-License-Identifier: Apache-2.0
// What goes wrong is told in one sentence with the documented code; nothing is overwritten or left.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/tool_fixture.h"

namespace vcisr::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InferErrors : public ToolTest {
 protected:
  void make_film(const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"-f",   "lavfi",   "-i",      "testsrc2=s=64x48:r=25:d=1",
                                          "-c:v", "libx264", "-preset", "ultrafast"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(path(name));
    ffmpeg(arguments);
  }
  void make_picture(const std::string& name, const std::string& size = "16x12") {
    ffmpeg({"-f", "lavfi", "-i", "color=red:s=" + size + ",format=rgb24", "-frames:v", "1",
            path(name)});
  }
  void cut(const std::string& name, double share) {
    fs::resize_file(path(name), static_cast<std::uintmax_t>(
                                    share * static_cast<double>(fs::file_size(path(name)))));
  }
};

TEST_F(InferErrors, MissingFile) {
  expect_failure(infer({path("none.mp4")}), 3, "no such file");
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(InferErrors, TextNamedAsAFilm) {
  write(path("text.mp4"), "this is no film\n");
  expect_failure(infer({path("text.mp4")}), 3, "text.mp4");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"text.mp4"});
}

TEST_F(InferErrors, TruncatedFilms) {
  make_film("front.mp4", {"-movflags", "+faststart"});
  make_film("back.mp4");
  cut("front.mp4", 0.8);
  cut("back.mp4", 0.6);
  expect_failure(infer({path("front.mp4")}), 3, "front.mp4");
  expect_failure(infer({path("back.mp4")}), 3, "back.mp4");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"back.mp4", "front.mp4"}));
  // What is there can be had by asking.
  const auto result = infer({path("front.mp4"), "--keep-going", "-m", "identity"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("damaged"));
  EXPECT_GE(frame_count(path("front_out.mp4")), 5);
}

TEST_F(InferErrors, TinyAndEmptyPictures) {
  make_picture("one.png", "1x1");
  write(path("empty.png"), "");
  const auto one = infer({path("one.png")});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(
      ffprobe({"-show_entries", "stream=width,height", "-of", "csv=p=0", path("one_out.png")}),
      HasSubstr("2,2"));
  expect_failure(infer({path("empty.png")}), 3, "empty.png");
  EXPECT_FALSE(fs::exists(path("empty_out.png")));
}

TEST_F(InferErrors, ExistingOutputIsKept) {
  make_picture("a.png");
  write(path("a_out.png"), "precious");
  expect_failure(infer({path("a.png")}), 4, "exists already");
  EXPECT_EQ(contents(path("a_out.png")), "precious");
  // An overwrite that fails keeps it, too.
  write(path("broken.png"), "no picture");
  expect_failure(infer({path("broken.png"), "-o", path("a_out.png"), "-y"}), 3, "broken.png");
  EXPECT_EQ(contents(path("a_out.png")), "precious");
  EXPECT_EQ(infer({path("a.png"), "--skip-existing"}).exit_code, 0);
  EXPECT_EQ(contents(path("a_out.png")), "precious");
  EXPECT_EQ(infer({path("a.png"), "-y"}).exit_code, 0);
  EXPECT_NE(contents(path("a_out.png")), "precious");
}

TEST_F(InferErrors, UnwritableOutput) {
  make_picture("a.png");
  make_film("f.mp4");
  expect_failure(infer({path("a.png"), "-o", path("none/x.png")}), 4, "none/x.png");
  expect_failure(infer({path("f.mp4"), "-o", path("none/x.mp4")}), 4, "none/x.mp4");
  expect_failure(infer({path("f.mp4"), "-o", "/proc/x.mp4"}), 4, "/proc/x.mp4");
}

TEST_F(InferErrors, WrongUse) {
  make_picture("a.png");
  make_film("f.mp4");
  expect_failure(infer({path("a.png"), "--tile-szie", "5"}), 2, "did you mean '--tile-size'");
  expect_failure(infer({path("a.png"), "--presicion", "fp32"}), 2, "did you mean '--precision'");
  expect_failure(infer({path("a.png"), "--precision", "fp12"}), 2, "fp32, tf32");
  expect_failure(infer({path("a.png"), "--precision", "fp16", "-g", "cpu"}), 2, "bf16");
  expect_failure(infer({path("a.png"), "--scale", "0"}), 2, "scale");
  expect_failure(infer({path("a.png"), "--tile", "many"}), 2, "--tile");
  expect_failure(infer({path("f.mp4"), "--start", "0:aa"}), 2, "--start");
  expect_failure(infer({path("a.png"), "--network", "identity"}), 2, "--model");
  expect_failure(infer({}), 2, "no input");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.png", "f.mp4"}));
}

TEST_F(InferErrors, EncodersAndContainers) {
  make_film("f.mp4");
  const auto film = path("f.mp4");
  expect_failure(infer({film, "-o", path("x.ts"), "-c", "libvpx-vp9"}), 2, "libvpx-vp9");
  expect_failure(infer({film, "-o", path("x.mp4"), "-c", "ffv1"}), 2, "ffv1");
  expect_failure(infer({film, "-o", path("x.mp4"), "-c", "libx246"}), 2, "did you mean 'libx264'");
  expect_failure(infer({film, "-o", path("x.mp4"), "-e", "nonsense=1"}), 2, "nonsense");
  expect_failure(infer({film, "-o", path("x.mp4"), "-e", "x264-params=keyint=20:nonsense=1"}), 2,
                 "nonsense");
  expect_failure(
      infer({film, "-o", path("x.mp4"), "-c", "libx265", "-e", "x265-params=nonsense=1"}), 2,
      "nonsense");
  expect_failure(
      infer({film, "-o", path("x.mkv"), "-c", "libsvtav1", "-e", "svtav1-params=nonsense=1"}), 2,
      "nonsense");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"f.mp4"});
}

TEST_F(InferErrors, Models) {
  make_picture("a.png");
  expect_failure(infer({path("a.png"), "-m", "bicubik"}), 6, "did you mean 'bicubic'");
  expect_failure(infer({path("a.png"), "-m", path("none.pth")}), 6, "none.pth");
  write(path("text.pth"), "no weights");
  expect_failure(infer({path("a.png"), "-m", path("text.pth")}), 6, "text.pth");
  // A safetensors header that promises more than there is.
  write(path("liar.safetensors"), std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
  expect_failure(infer({path("a.png"), "-m", path("liar.safetensors")}), 6, "liar.safetensors");
  EXPECT_FALSE(fs::exists(path("a_out.png")));
}

TEST_F(InferErrors, HostilePickle) {
  const std::string python = VCISR_TORCH_PYTHON;
  if (python.empty()) GTEST_SKIP() << "LibTorch has no Python beside it";
  make_picture("a.png");
  const auto made = run({python, "-c",
                         "import torch, os, sys\n"
                         "class Evil:\n"
                         "  def __reduce__(self): return (os.system, ('touch ' + sys.argv[2],))\n"
                         "torch.save({'params': Evil()}, sys.argv[1])\n",
                         path("evil.pth"), path("owned")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  expect_failure(infer({path("a.png"), "-m", path("evil.pth")}), 6, "system");
  EXPECT_FALSE(fs::exists(path("owned")));
}

TEST_F(InferErrors, OneBadFileOfAFolder) {
  fs::create_directory(path("in"));
  make_picture("in/good.png");
  write(path("in/bad.png"), "no picture");
  const auto result = infer({path("in"), "-o", path("out")});
  EXPECT_EQ(result.exit_code, 7) << result.err;
  EXPECT_THAT(result.err, HasSubstr("bad.png"));
  EXPECT_THAT(result.err, HasSubstr("1 of 2 files failed"));
  EXPECT_TRUE(fs::exists(path("out/good_out.png")));
  EXPECT_FALSE(fs::exists(path("out/bad_out.png")));
}

TEST_F(InferErrors, StoppedLeavesNothing) {
  // Frames without end: it is still at work when the signal comes.
  const std::string tool_path = std::string(VCISR_TOOL_DIR) + "/vcisr-infer";
  const auto result = run({"bash", "-c",
                           "ffmpeg -v quiet -f lavfi -i testsrc2=s=64x48 -f yuv4mpegpipe - | "
                           "timeout --preserve-status -s TERM 3 " +
                               tool_path + " -i - -o " + path("x.mkv")});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("interrupted"));
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(InferErrors, ReportsReplaceNothingOfTheJob) {
  make_picture("a.png");
  make_film("f.mp4");
  const auto film = contents(path("f.mp4"));
  expect_failure(infer({path("f.mp4"), "--report", path("f.mp4")}), 2, "is an input or output");
  expect_failure(infer({path("f.mp4"), "--log-file", path("f.mp4")}), 2, "is an input or output");
  expect_failure(infer({path("a.png"), "--report", path("f.mp4")}), 2, "named like");
  EXPECT_EQ(contents(path("f.mp4")), film);
  // An unwritable place is told before the work.
  expect_failure(infer({path("a.png"), "--report", path("none/r.json")}), 4, "none/r.json");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.png", "f.mp4"}));
}

TEST_F(InferErrors, OddNames) {
  make_picture("a.png");
  expect_failure(infer({path("a.png"), "--suffix", "x/y"}), 2, "slash");
  expect_failure(infer({path("a.png"), path("a.png"), "-o", path("d")}), 2, "given twice");
  expect_failure(infer({path("a.png"), "-s", "60"}), 2, "--scale 60 is outside");
}

TEST_F(InferErrors, OutputIsInput) {
  make_picture("a.png");
  const auto before = contents(path("a.png"));
  expect_failure(infer({path("a.png"), "-o", path("a.png"), "-y"}), 2, "is an input too");
  EXPECT_EQ(contents(path("a.png")), before);
}

}  // namespace
}  // namespace vcisr::tests
