// SPDX-License-Identifier: Apache-2.0
#include "data/film_cells.h"

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_fixtures.h"

namespace vcisr::data {
namespace {

using ::testing::HasSubstr;
using tests::TempFolder;

FilmCellOptions small_options() {
  FilmCellOptions options;
  options.patch_size = 32;
  options.cells_per_clip = 2;
  options.first_frames = {3, 5};
  options.frames = 6;
  return options;
}

std::vector<FilmSegment> all_segments(FilmCells& film) {
  std::vector<FilmSegment> segments;
  while (auto segment = film.read([] { return false; })) segments.push_back(std::move(*segment));
  return segments;
}

std::vector<torch::Tensor> frames_of(const std::filesystem::path& path) {
  imaging::FilmReader reader(path.string());
  std::vector<torch::Tensor> frames;
  while (auto frame = reader.read()) frames.push_back(std::move(*frame));
  return frames;
}

TEST(FilmCells, FollowsCellsThroughSegmentsThatCoverTheFilm) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 20, 100, 140);
  const auto frames = frames_of(folder / "film.mkv");
  FilmCells film((folder / "film.mkv").string(), small_options(), Rng(3));
  const auto segments = all_segments(film);
  EXPECT_EQ(film.frames_read(), 20);
  EXPECT_EQ(film.damage(), "");
  std::int64_t next = 0;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    EXPECT_EQ(segments[s].first_frame, next);
    ASSERT_EQ(segments[s].cells.size(), 2U);
    const auto length = static_cast<std::int64_t>(segments[s].cells[0].windows.size());
    const bool is_last = s + 1 == segments.size();
    const Range<std::int64_t> lengths =
        s == 0 ? Range<std::int64_t>{3, 5} : Range<std::int64_t>{is_last ? 1 : 6, 6};
    EXPECT_TRUE(lengths.contains(length)) << length << " in segment " << s;
    EXPECT_NE(segments[s].cells[0].crop, segments[s].cells[1].crop);
    for (const FilmCell& cell : segments[s].cells) {
      for (std::int64_t i = 0; i < length; ++i) {
        const auto& window = cell.windows.at(static_cast<std::size_t>(i));
        EXPECT_TRUE(
            torch::equal(window, take_crop(frames[static_cast<std::size_t>(next + i)], cell.crop)));
      }
    }
    next += length;
  }
  EXPECT_EQ(next, 20);
}

TEST(FilmCells, KeepsTheMarginThatTheFrameHas) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 3, 70, 200);
  const auto frames = frames_of(folder / "film.mkv");
  FilmCellOptions options = small_options();
  options.margin = 10;
  options.cells_per_clip = 100;  // More than there are.
  FilmCells film((folder / "film.mkv").string(), options, Rng(3));
  const auto segments = all_segments(film);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].cells.size(), 12U);
  for (const FilmCell& cell : segments[0].cells) {
    EXPECT_GE(cell.windows[2].size(2), 32 + 10);
    EXPECT_TRUE(
        torch::equal(take_crop(cell.windows[2], cell.inner), take_crop(frames[2], cell.crop)));
  }
}

TEST(FilmCells, MirrorsSmallFilmsOrLeavesThemOut) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 3, 20, 50);
  const auto frames = frames_of(folder / "film.mkv");
  FilmCellOptions options = small_options();
  FilmCells mirrored((folder / "film.mkv").string(), options, Rng(3));
  const auto segments = all_segments(mirrored);
  ASSERT_EQ(segments.size(), 1U);
  const FilmCell& cell = segments[0].cells.at(0);
  EXPECT_EQ(cell.crop.top, 0);
  EXPECT_TRUE(
      torch::equal(take_crop(cell.windows[1], cell.inner), take_crop(frames[1], cell.crop)));
  options.small_pictures = SmallPictures::kLeaveOut;
  FilmCells left_out((folder / "film.mkv").string(), options, Rng(3));
  EXPECT_TRUE(all_segments(left_out).empty());
  EXPECT_TRUE(left_out.is_left_out());
  EXPECT_EQ(left_out.damage(), "");
}

TEST(FilmCells, UsesADamagedFilmUpToTheDamage) {
  const TempFolder folder;
  const auto path = folder / "film.mkv";
  tests::write_film(path, 20, 64, 64);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  FilmCells film(path.string(), small_options(), Rng(3));
  std::int64_t frames = 0;
  for (const auto& segment : all_segments(film)) {
    frames += static_cast<std::int64_t>(segment.cells[0].windows.size());
  }
  EXPECT_GT(frames, 2);
  EXPECT_LT(frames, 15);
  EXPECT_EQ(film.frames_read(), frames);
  EXPECT_THAT(film.damage(), HasSubstr("film.mkv"));
}

TEST(FilmCells, StopsWhenAsked) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 20, 64, 64);
  FilmCells film((folder / "film.mkv").string(), small_options(), Rng(3));
  int asked = 0;
  EXPECT_FALSE(film.read([&asked] { return ++asked == 3; }).has_value());
  EXPECT_EQ(film.frames_read(), 2);
}

TEST(FilmCells, TellsWhyAFilmCannotBeOpened) {
  FilmCells film("/no/film.mkv", small_options(), Rng(3));
  EXPECT_TRUE(all_segments(film).empty());
  EXPECT_THAT(film.damage(), HasSubstr("/no/film.mkv"));
}

TEST(FilmCells, DrawsCellsFromItsNumbersAlone) {
  const TempFolder folder;
  tests::write_film(folder / "film.mkv", 20, 100, 140);
  const auto places = [&folder](std::uint64_t seed) {
    FilmCells film((folder / "film.mkv").string(), small_options(), Rng(seed));
    std::vector<std::pair<std::int64_t, std::int64_t>> corners;
    for (const auto& segment : all_segments(film)) {
      for (const auto& cell : segment.cells) corners.emplace_back(cell.crop.top, cell.crop.left);
    }
    return corners;
  };
  EXPECT_EQ(places(3), places(3));
  EXPECT_NE(places(3), places(4));
}

}  // namespace
}  // namespace vcisr::data
