// SPDX-License-Identifier: Apache-2.0
#include "vcisr/evaluation/pairing.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::evaluation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Empty files: pairing looks at names only.
class PairingTest : public ::testing::Test {
 protected:
  fs::path make(const std::string& folder, const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const auto path = folder_ / folder / name;
      fs::create_directories(path.parent_path());
      std::ofstream(path) << "x";
    }
    return folder_ / folder;
  }

  static std::string refusal(const fs::path& distorted, const fs::path& reference,
                             const PairingOptions& options = {}) {
    try {
      (void)pair_inputs(distorted, reference, {}, options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  tests::TempFolder folder_;
};

TEST_F(PairingTest, TakesEqualNamesWhateverTheExtension) {
  const auto ours = make("ours", {"b.png", "a.jpg", "film.mp4", "notes.txt"});
  const auto theirs = make("theirs", {"a.png", "b.tif", "film.mkv"});
  const auto pairing = pair_inputs(ours, theirs, {});
  ASSERT_EQ(pairing.items.size(), 3U);
  EXPECT_EQ(pairing.items[0].name, "a");
  EXPECT_EQ(pairing.items[0].distorted, ours / "a.jpg");
  EXPECT_EQ(pairing.items[0].reference, theirs / "a.png");
  EXPECT_EQ(pairing.items[2].kind, media::FileKind::kFilm);
  EXPECT_EQ(pairing.protocol, std::vector<std::string>{"files are matched by name"});
}

TEST_F(PairingTest, FindsTheSuffixThatAllHaveInCommon) {
  const auto ours = make("ours", {"a_out.png", "b_out.png"});
  const auto theirs = make("theirs", {"a.png", "b.png"});
  const auto pairing = pair_inputs(ours.string() + "/", theirs, {});
  ASSERT_EQ(pairing.items.size(), 2U);
  EXPECT_EQ(pairing.items[1].name, "b");
  EXPECT_EQ(pairing.protocol,
            std::vector<std::string>{"files are matched by name; distorted names end in '_out'"});
  const auto turned = pair_inputs(theirs, ours, {});
  EXPECT_EQ(turned.items[0].reference, ours / "a_out.png");
  EXPECT_THAT(turned.protocol[0], HasSubstr("names in ours end in '_out'"));
}

TEST_F(PairingTest, PrefersEqualNamesToASuffix) {
  const auto ours = make("ours", {"a.png", "ab.png"});
  const auto theirs = make("theirs", {"a.png", "ab.png"});
  EXPECT_EQ(pair_inputs(ours, theirs, {}).items[1].reference, theirs / "ab.png");
}

TEST_F(PairingTest, TakesTheSuffixItIsTold) {
  const auto ours = make("ours", {"a_x4.png", "b_x4.png"});
  const auto theirs = make("theirs", {"a.png", "b.png"});
  EXPECT_EQ(pair_inputs(ours, theirs, {}, {.suffix = "_x4"}).items.size(), 2U);
  EXPECT_THAT(refusal(ours, theirs, {.suffix = "_x2"}), HasSubstr("2 of 2 files have no partner"));
}

TEST_F(PairingTest, MatchesBelowSubFolders) {
  const auto ours = make("ours", {"one/a.png", "two/a.png"});
  const auto theirs = make("theirs", {"one/a.png", "two/a.png"});
  const PairingOptions deep{.sub_folders = media::SubFolders::kRead};
  const auto pairing = pair_inputs(ours, theirs, {}, deep);
  ASSERT_EQ(pairing.items.size(), 2U);
  EXPECT_EQ(pairing.items[1].name, "two/a");
  EXPECT_EQ(pairing.items[1].reference, theirs / "two/a.png");
}

TEST_F(PairingTest, NamesFilesWithoutAPartner) {
  const auto ours = make("ours", {"a.png", "b.png", "c.png", "d.png", "e.png"});
  const auto theirs = make("theirs", {"a.png"});
  EXPECT_THAT(refusal(ours, theirs), HasSubstr("4 of 5 files have no partner in " +
                                               theirs.string() + ": b, c, d and 1 more"));
  EXPECT_THAT(refusal(theirs, ours), HasSubstr("4 of 5 files have no partner"));
  const auto pairing = pair_inputs(ours, theirs, {}, {.allow_missing = true});
  ASSERT_EQ(pairing.items.size(), 1U);
  EXPECT_THAT(pairing.protocol[0], HasSubstr("4 without a partner are left out"));
}

TEST_F(PairingTest, AddsTheCompressedSource) {
  const auto ours = make("ours", {"a_out.png", "b_out.png"});
  const auto theirs = make("theirs", {"a.png", "b.png"});
  const auto source = make("source", {"a.jpg", "b.jpg"});
  const auto pairing = pair_inputs(ours, theirs, source);
  EXPECT_EQ(pairing.items[0].compressed, source / "a.jpg");
  EXPECT_EQ(pairing.items[0].reference, theirs / "a.png");
}

TEST_F(PairingTest, RefusesWhatCannotBeMeant) {
  const auto ours = make("ours", {"a.png", "film.mp4"});
  const auto twice = make("twice", {"a.png", "a.jpg"});
  EXPECT_THAT(refusal(ours, twice), HasSubstr("has the same name as a.jpg"));
  EXPECT_THAT(refusal(ours, ours / "a.png"), HasSubstr("is a folder and "));
  EXPECT_THAT(refusal(ours / "a.png", ours / "film.mp4"),
              HasSubstr("compare pictures with pictures and films with films"));
  EXPECT_THAT(refusal(ours, folder_ / "none"), HasSubstr("none: no such file or folder"));
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(refusal(folder_ / "empty", ours), HasSubstr("holds no picture and no film"));
  const auto other = make("other", {"x.png"});
  EXPECT_THAT(refusal(ours, other, {.allow_missing = true}), HasSubstr("no file has a partner"));
}

}  // namespace
}  // namespace vcisr::evaluation
