// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/file.h"

#include <fstream>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Existing = AtomicFile::Existing;

void put(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

std::string content(const fs::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST(AtomicFile, AppearsOnCommitOnly) {
  const tests::TempFolder folder;
  AtomicFile file(folder / "film.mkv", Existing::kRefuse);
  EXPECT_EQ(file.temporary_path().parent_path(), folder.path());
  EXPECT_EQ(file.temporary_path().extension(), ".mkv");
  put(file.temporary_path(), "frames");
  EXPECT_FALSE(fs::exists(folder / "film.mkv"));
  file.commit();
  EXPECT_THAT(folder.names(), ElementsAre("film.mkv"));
  EXPECT_EQ(content(folder / "film.mkv"), "frames");
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const tests::TempFolder folder;
  put(folder / "old.png", "old");
  {
    const AtomicFile fresh(folder / "new.png", Existing::kRefuse);
    AtomicFile replacing(folder / "old.png", Existing::kReplace);
    const AtomicFile moved(std::move(replacing));
    put(moved.temporary_path(), "half");
  }
  EXPECT_THAT(folder.names(), ElementsAre("old.png"));
  EXPECT_EQ(content(folder / "old.png"), "old");
}

TEST(AtomicFile, RefusesAnExistingNameUnlessTold) {
  const tests::TempFolder folder;
  put(folder / "a", "old");
  try {
    const AtomicFile file(folder / "a", Existing::kRefuse);
    ADD_FAILURE() << "the file exists";
  } catch (const OutputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("exists already"));
  }
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  AtomicFile file(folder / "a", Existing::kReplace);
  put(file.temporary_path(), "new");
  file.commit();
  EXPECT_EQ(content(folder / "a"), "new");
}

TEST(AtomicFile, DoesNotClobberAFileMadeMeanwhile) {
  const tests::TempFolder folder;
  {
    AtomicFile file(folder / "a", Existing::kRefuse);
    put(file.temporary_path(), "ours");
    put(folder / "a", "theirs");
    EXPECT_THROW(file.commit(), OutputError);
  }
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  EXPECT_EQ(content(folder / "a"), "theirs");
}

TEST(AtomicFile, DoesNotFollowADanglingLink) {
  const tests::TempFolder folder;
  fs::create_symlink(folder / "nowhere", folder / "link");
  EXPECT_THROW(AtomicFile(folder / "link", Existing::kRefuse), OutputError);
}

TEST(AtomicFile, TwoOfOneNameDoNotMeet) {
  const tests::TempFolder folder;
  AtomicFile first(folder / "a", Existing::kReplace);
  const AtomicFile second(folder / "a", Existing::kReplace);
  EXPECT_NE(first.temporary_path(), second.temporary_path());
  put(first.temporary_path(), "first");
  first.commit();
  EXPECT_EQ(content(folder / "a"), "first");
}

TEST(AtomicFile, TellsUnwritablePlacesAtOnce) {
  const tests::TempFolder folder;
  EXPECT_THROW(AtomicFile(folder / "none" / "a", Existing::kRefuse), OutputError);
  EXPECT_THROW(AtomicFile(folder.path(), Existing::kReplace), OutputError);
  put(folder / "file", "");
  EXPECT_THROW(AtomicFile(folder / "file" / "a", Existing::kRefuse), OutputError);
  // Root writes everywhere but in kernel file systems.
  EXPECT_THROW(AtomicFile("/proc/vcisr", Existing::kRefuse), OutputError);
  if (::geteuid() != 0) {
    const auto locked = folder / "locked";
    fs::create_directory(locked);
    fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THROW(AtomicFile(locked / "a", Existing::kRefuse), OutputError);
    fs::permissions(locked, fs::perms::owner_all);
  }
}

TEST(File, ReadsWhatItWrote) {
  const tests::TempFolder folder;
  std::vector<std::uint8_t> bytes(100000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  write_file(folder / "a b ü.bin", bytes, Existing::kRefuse);
  EXPECT_EQ(read_file(folder / "a b ü.bin"), bytes);
  write_file(folder / "empty", {}, Existing::kRefuse);
  EXPECT_THAT(read_file(folder / "empty"), IsEmpty());
  EXPECT_THROW(write_file(folder / "empty", bytes, Existing::kRefuse), OutputError);
  EXPECT_THAT(read_file(folder / "empty"), IsEmpty());
}

TEST(File, SaysWhyItCannotBeRead) {
  const tests::TempFolder folder;
  try {
    (void)read_file(folder / "none");
    ADD_FAILURE() << "the file is missing";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
  EXPECT_THROW((void)read_file(folder.path()), InputError);
}

}  // namespace
}  // namespace vcisr
