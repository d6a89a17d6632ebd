// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/input_files.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_fixtures.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using tests::message_of;

class InputFilesTest : public ::testing::Test {
 protected:
  std::string file(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
    return (folder_ / name).string();
  }
  std::vector<std::string> names(const InputList& list) const {
    std::vector<std::string> result;
    for (const InputFile& input : list.files) {
      result.push_back(input.path.lexically_relative(folder_.path()).string());
    }
    return result;
  }

  tests::TempFolder folder_;
};

TEST_F(InputFilesTest, FoldersAreSortedByBytesAndStrangersIgnored) {
  for (const char* name : {"b10.png", "b9.png", "B.JPG", "sub/c.mkv", "a.mp4", "notes.txt",
                           ".hidden.png", "sub.png", "sub/deep/0.webp"}) {
    file(name);
  }
  const InputList flat = list_folder(folder_.path(), SubFolders::kLeaveOut);
  EXPECT_THAT(names(flat), ElementsAre("B.JPG", "a.mp4", "b10.png", "b9.png", "sub.png"));
  EXPECT_EQ(flat.ignored_files, 2);
  EXPECT_EQ(flat.files[0].kind, FileKind::kPicture);
  EXPECT_EQ(flat.files[1].kind, FileKind::kFilm);
  const InputList deep = list_folder(folder_.path(), SubFolders::kRead);
  EXPECT_THAT(names(deep), ElementsAre("B.JPG", "a.mp4", "b10.png", "b9.png", "sub/c.mkv",
                                       "sub/deep/0.webp", "sub.png"));
}

TEST_F(InputFilesTest, FilesAndFoldersComeInTheOrderGiven) {
  const auto late = file("z.png");
  const auto odd = file("film.bin");
  file("in/b.png");
  file("in/a.png");
  const InputList list = list_inputs({late, (folder_ / "in").string(), odd}, SubFolders::kLeaveOut);
  EXPECT_THAT(names(list), ElementsAre("z.png", "in/a.png", "in/b.png", "film.bin"));
  EXPECT_EQ(list.files[3].kind, FileKind::kFilm);
}

TEST_F(InputFilesTest, TellsWhatIsNotThere) {
  const auto none = (folder_ / "none").string();
  EXPECT_EQ(message_of<InputError>([&] { (void)list_inputs({none}, SubFolders::kRead); }),
            none + ": no such file or folder");
  EXPECT_TRUE(message_of<InputError>([&] {
                (void)list_folder(none, SubFolders::kRead);
              }).starts_with(none + ": cannot be listed"));
  const auto empty = folder_.path().string();
  EXPECT_EQ(message_of<InputError>([&] { (void)list_inputs({empty}, SubFolders::kLeaveOut); }),
            empty + ": holds no picture and no film (sub-folders were not looked into)");
  EXPECT_EQ(message_of<InputError>([] { (void)list_inputs({}, SubFolders::kRead); }),
            "no input was given");
}

TEST(InputFiles, KnowsExtensionsInAnyCase) {
  EXPECT_TRUE(has_film_extension("a/b.MKV"));
  EXPECT_TRUE(has_film_extension("b.h265"));
  EXPECT_FALSE(has_film_extension("b.png"));
  EXPECT_FALSE(has_film_extension("mkv"));
  EXPECT_TRUE(can_write_film("b.Mp4"));
  EXPECT_FALSE(can_write_film("b.wmv"));
  EXPECT_EQ(lower_extension("a/film.MKV"), "mkv");
  EXPECT_EQ(lower_extension("a.b/film"), "");
}

}  // namespace
}  // namespace vcisr::media
