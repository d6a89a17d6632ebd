// SPDX-License-Identifier: Apache-2.0
#include "data/source_list.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using media::SubFolders;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::TempFolder;

void write(const std::filesystem::path& path, const std::string& text = "x") {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string message_of(const std::vector<std::string>& sources, const std::string& root = "") {
  try {
    (void)list_sources(sources, root, SubFolders::kLeaveOut);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(SourceList, ReadsTheFirstWordOfEachLineRelativeToTheRoot) {
  const TempFolder folder;
  write(folder / "hq/a.png");
  write(folder / "hq/sub/b.jpg");
  write(folder / "hq/film.mp4");
  write(folder / "list.txt", "sub/b.jpg (480,480,3)\r\n\n  a.png\nfilm.mp4 1\na.png");
  const auto files = list_sources({(folder / "list.txt").string()}, (folder / "hq").string(), {});
  using media::FileKind;
  EXPECT_THAT(files, ElementsAre(media::InputFile{folder / "hq/sub/b.jpg", FileKind::kPicture},
                                 media::InputFile{folder / "hq/a.png", FileKind::kPicture},
                                 media::InputFile{folder / "hq/film.mp4", FileKind::kFilm},
                                 media::InputFile{folder / "hq/a.png", FileKind::kPicture}));
}

TEST(SourceList, TakesFilesFoldersAndListsTogether) {
  const TempFolder folder;
  write(folder / "b/2.png");
  write(folder / "b/1.png");
  write(folder / "b/deep/3.png");
  write(folder / "a.png");
  write(folder / "list.txt", (folder / "a.png").string());  // A full path stays one.
  const std::vector<std::string> sources = {(folder / "b").string(), (folder / "list.txt").string(),
                                            (folder / "a.png").string()};
  EXPECT_EQ(list_sources(sources, "/elsewhere", SubFolders::kLeaveOut).size(), 4U);
  EXPECT_EQ(list_sources(sources, "/elsewhere", SubFolders::kRead).size(), 5U);
}

TEST(SourceList, TellsWhatIsMissing) {
  const TempFolder folder;
  write(folder / "list.txt", "a.png\nb.png\n");
  write(folder / "hq/a.png");
  write(folder / "empty.txt", "\n \n");
  const std::string list = (folder / "list.txt").string();
  EXPECT_EQ(message_of({list}, (folder / "hq").string()),
            list + ":2: no such file: " + (folder / "hq/b.png").string());
  EXPECT_THAT(message_of({(folder / "empty.txt").string()}), HasSubstr("names no file"));
  EXPECT_THAT(message_of({(folder / "no.txt").string()}), HasSubstr("no such list"));
  EXPECT_THAT(message_of({(folder / "no").string()}), HasSubstr("no such file or folder"));
  EXPECT_THAT(message_of({}), HasSubstr("no picture, film, folder or list was given"));
}

}  // namespace
}  // namespace vcisr::data
