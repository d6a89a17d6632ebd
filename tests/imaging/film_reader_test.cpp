// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/film_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::imaging {
namespace {

using tests::TempFolder;
using tests::Words;
using tests::operator+;

double psnr_db(const torch::Tensor& a, const torch::Tensor& b) {
  const auto error = (a.to(torch::kFloat64) - b.to(torch::kFloat64)).square().mean().item<double>();
  return 10 * std::log10(255.0 * 255.0 / error);
}

/// What the program makes of it: uint8 [T, 3, H, W].
torch::Tensor program_rgb(const std::string& film, std::int64_t height, std::int64_t width) {
  const auto result = tests::run({"ffmpeg", "-v", "error", "-i", film, "-sws_flags",
                                  "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp", "-f",
                                  "rawvideo", "-pix_fmt", "rgb24", "-"});
  const auto frames = static_cast<std::int64_t>(result.out.size()) / (height * width * 3);
  return torch::from_blob(const_cast<char*>(result.out.data()), {frames, height, width, 3},
                          torch::kUInt8)
      .permute({0, 3, 1, 2})
      .contiguous();
}

TEST(FilmReader, GivesTheFilmsFramesAsRgb) {
  const TempFolder folder;
  for (const std::string size : {"64x48", "66x35"}) {
    for (const std::string matrix : {"bt709", "smpte170m"}) {
      const auto film = (folder / (size + matrix + ".mkv")).string();
      tests::ffmpeg(tests::picture(0.4, "30000/1001", size) +
                    Words{"-vf",
                          "scale=out_color_matrix=" + matrix + ",setparams=colorspace=" + matrix,
                          "-pix_fmt", "yuv444p", "-c:v", "ffv1", film});
      FilmReader reader(film);
      const auto& info = reader.info();
      const auto expected = program_rgb(film, info.height, info.width);
      ASSERT_EQ(expected.size(0), 12);
      std::int64_t count = 0;
      std::int64_t last_pts = -1;
      while (const auto rgb = reader.read()) {
        ASSERT_EQ(rgb->scalar_type(), torch::kUInt8);
        ASSERT_EQ(rgb->sizes(), (torch::IntArrayRef{3, info.height, info.width}));
        EXPECT_TRUE(rgb->is_contiguous());
        EXPECT_GT(psnr_db(*rgb, expected[count]), 45) << size << " " << matrix;
        EXPECT_GT(reader.time().pts, last_pts);
        last_pts = reader.time().pts;
        ++count;
      }
      EXPECT_EQ(count, 12);
      EXPECT_FALSE(reader.read().has_value());
      EXPECT_EQ(reader.damage_count(), 0);
    }
  }
}

TEST(FilmReader, FramesStayWhenTheNextIsRead) {
  const TempFolder folder;
  const auto film = (folder / "a.mp4").string();
  tests::ffmpeg(tests::picture(0.2) + Words{"-pix_fmt", "yuv420p", film});
  FilmReader reader(film);
  const auto first = reader.read();
  const auto kept = first->clone();
  (void)reader.read();
  EXPECT_TRUE(torch::equal(*first, kept));
}

TEST(FilmReader, GrayFilmsHaveThreeEqualChannels) {
  const TempFolder folder;
  const auto film = (folder / "gray.mkv").string();
  tests::ffmpeg(tests::picture(0.1) + Words{"-pix_fmt", "gray10le", "-c:v", "ffv1", film});
  const auto rgb = FilmReader(film).read().value();
  EXPECT_TRUE(torch::equal(rgb[0], rgb[1]));
  EXPECT_TRUE(torch::equal(rgb[0], rgb[2]));
  EXPECT_GT(rgb.to(torch::kFloat32).std().item<float>(), 20);
}

TEST(FilmReader, TellsWhatCannotBeRead) { EXPECT_THROW(FilmReader("/no/film.mkv"), InputError); }

}  // namespace
}  // namespace vcisr::imaging
