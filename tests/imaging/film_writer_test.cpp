// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/film_writer.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "media/video_fixtures.h"
#include "support/hash_rule.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/rotation.h"

namespace vcisr::imaging {
namespace {

using ::testing::HasSubstr;
using tests::message_of;
using tests::TempFolder;
using tests::Words;
using tests::operator+;

FilmWriterOptions with_encoder(const std::string& codec) {
  FilmWriterOptions options;
  options.encoder.codec = codec;
  return options;
}

std::vector<torch::Tensor> read_all(const std::string& film) {
  FilmReader reader(film);
  std::vector<torch::Tensor> frames;
  while (const auto rgb = reader.read()) frames.push_back(*rgb);
  return frames;
}

TEST(FilmWriter, PicturesComeBackExactlyFromALosslessFilm) {
  const TempFolder folder;
  const auto film = (folder / "a.mkv").string();
  const auto rgb = to_8bit(tests::hash_image("film", {5, 3, 33, 47}));
  FilmWriter writer(film, {33, 47}, {30000, 1001}, with_encoder("ffv1"));
  for (std::int64_t i = 0; i < 5; ++i) writer.write(rgb[i]);
  EXPECT_FALSE(std::filesystem::exists(film));
  writer.finish();
  const auto frames = read_all(film);
  ASSERT_EQ(frames.size(), 5U);
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(torch::equal(frames[static_cast<std::size_t>(i)], rgb[i])) << i;
  }
  const auto stream = tests::ffprobe(film)["streams"][0];
  EXPECT_EQ(stream["r_frame_rate"], "30000/1001");
  EXPECT_TRUE(writer.description().starts_with("ffv1 ")) << writer.description();
}

TEST(FilmWriter, ColoursSurviveAnEncoderOfYuv) {
  const TempFolder folder;
  const auto film = (folder / "a.mp4").string();
  auto rgb = torch::empty({3, 64, 96}, torch::kUInt8);
  rgb[0].fill_(200);
  rgb[1].fill_(90);
  rgb[2].fill_(40);
  auto options = with_encoder("libx264");
  options.encoder.pixel_format = "yuv420p";
  options.encoder.crf = 5;
  FilmWriter writer(film, {64, 96}, {25, 1}, options);
  for (int i = 0; i < 3; ++i) writer.write(rgb);
  writer.finish();
  EXPECT_EQ(writer.description(), "libx264 yuv420p");
  const auto frames = read_all(film);
  ASSERT_EQ(frames.size(), 3U);
  const auto difference = (frames[1].to(torch::kInt32) - rgb.to(torch::kInt32)).abs();
  EXPECT_LE(difference.max().item<int>(), 3);
}

TEST(FilmWriter, KeepsWhatTheSourceHas) {
  const TempFolder folder;
  const auto source = (folder / "source.mkv").string();
  const auto small = (folder / "small.mkv").string();
  // Frames 3 and 4 are missing: the times are irregular.
  tests::ffmpeg(tests::picture(0.5, "24000/1001") + tests::tone(0.5) +
                Words{"-vf", "setsar=4/3,select=not(between(n\\,3\\,4))", "-vsync", "vfr",
                      "-pix_fmt", "yuv420p", "-c:v", "ffv1", "-c:a", "flac", source});
  FilmReader reader(source);
  const auto size = FilmSize{reader.info().height / 2, reader.info().width / 2};
  FilmWriter writer(small, size, reader.info(), {}, with_encoder("ffv1"));
  std::vector<FrameTime> times;
  while (const auto rgb = reader.read()) {
    times.push_back(reader.time());
    writer.write(rgb->slice(1, 0, size.height).slice(2, 0, size.width), reader.time());
  }
  writer.finish();
  FilmReader result(small);
  EXPECT_EQ(result.info().width, 32);
  EXPECT_EQ(result.info().sample_aspect_ratio, (media::Rational{4, 3}));
  for (const FrameTime& time : times) {
    ASSERT_TRUE(result.read().has_value());
    EXPECT_EQ(result.time().pts, time.pts);
  }
  EXPECT_FALSE(result.read().has_value());
  EXPECT_EQ(tests::packet_hash(small, "0:a:0"), tests::packet_hash(source, "0:a:0"));
}

TEST(FilmWriter, TurnsFramesWhereTheContainerCannot) {
  const TempFolder folder;
  const auto plain = (folder / "plain.mp4").string();
  const auto source = (folder / "turned.mp4").string();
  const auto film = (folder / "film.mkv").string();
  tests::ffmpeg(tests::picture(0.1) + Words{"-pix_fmt", "yuv420p", plain});
  tests::ffmpeg({"-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", source});
  FilmReader reader(source);
  ASSERT_TRUE(reader.info().display_matrix.has_value());
  const auto rgb = reader.read().value();
  auto options = with_encoder("ffv1");
  options.encoder.pixel_format = "bgr0";
  // The size is that of the film as it is stored.
  FilmWriter writer(film, {48, 64}, reader.info(), {}, options);
  writer.write(rgb, reader.time());
  writer.finish();
  const auto frames = read_all(film);
  ASSERT_EQ(frames.size(), 1U);
  const int turns = media::display_quarter_turns(reader.info()).value();
  EXPECT_EQ(turns % 2, 1);
  EXPECT_TRUE(torch::equal(frames[0], rotate_clockwise(rgb, turns)));
  EXPECT_THAT(writer.notes(), ::testing::Contains(HasSubstr("turned clockwise")));
}

TEST(FilmWriter, TellsWhatCannotBeWritten) {
  const TempFolder folder;
  const auto film = (folder / "a.mkv").string();
  EXPECT_EQ(message_of<ConfigError>([&] {
              FilmWriter(film, {48, 64}, {0, 1});
            }),
            "frame rate 0/1 of a film must be above 0");
  {
    FilmWriter writer(film, {48, 64}, {25, 1}, with_encoder("ffv1"));
    EXPECT_THROW(writer.write(torch::zeros({3, 64, 48}, torch::kUInt8)), c10::Error);
    EXPECT_THROW(writer.write(torch::zeros({3, 48, 64})), c10::Error);
  }
  EXPECT_TRUE(folder.names().empty());
  const auto source = (folder / "source.mkv").string();
  tests::ffmpeg(tests::picture(0.1) + Words{"-pix_fmt", "yuv420p", source});
  const FilmReader reader(source);
  EXPECT_THROW(FilmWriter(source, {48, 64}, reader.info(), {}), OutputError);
  FilmWriter writer(film, {48, 64}, reader.info(), {});
  EXPECT_EQ(message_of<OutputError>([&] {
              writer.write(torch::zeros({3, 48, 64}, torch::kUInt8));
            }),
            "a film made from another needs the time of each frame");
}

}  // namespace
}  // namespace vcisr::imaging
