// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/validation_pictures.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pair_fixtures.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::message_of;
using tests::TempFolder;

class ValidationPicturesTest : public ::testing::Test {
 protected:
  ValidationPicturesTest() {
    tests::write_pair(folder_.path(), "a", 20, 33);
    tests::write_pair(folder_.path(), "city/b", 16, 17);
  }
  [[nodiscard]] ValidationPicturesOptions options() const {
    ValidationPicturesOptions options;
    options.name = "set";
    options.files.hq_roots = {(folder_ / "hq").string()};
    options.files.lq_roots = {(folder_ / "lq").string()};
    options.scale = 2;
    return options;
  }

  TempFolder folder_;
};

std::vector<std::string> names_of(const ValidationPictures& pictures) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < pictures.size(); ++i) names.push_back(pictures.at(i).name);
  return names;
}

TEST_F(ValidationPicturesTest, GivesPairsInTheirOrder) {
  const ValidationPictures pictures(options());
  EXPECT_EQ(pictures.name(), "set");
  EXPECT_TRUE(pictures.has_hq());
  EXPECT_THAT(names_of(pictures), ElementsAre("a", "city_b"));
  const auto picture = pictures.at(0);
  EXPECT_TRUE(torch::equal(picture.lq, imaging::read_rgb8(folder_ / "lq" / "a.png")));
  EXPECT_TRUE(torch::equal(picture.hq, imaging::read_rgb8(folder_ / "hq" / "a.png")));
}

TEST_F(ValidationPicturesTest, CutsHqAndWarnsWhereThatIsMuch) {
  const auto hq = tests::made_up_picture("large", 41, 67);
  imaging::write_rgb8(folder_ / "hq" / "a.png", hq, {.existing = AtomicFile::Existing::kReplace});
  const ValidationPictures pictures(options());
  EXPECT_TRUE(torch::equal(pictures.at(0).hq, hq.narrow(1, 0, 40).narrow(2, 0, 66)));

  imaging::write_rgb8(folder_ / "hq" / "a.png", tests::made_up_picture("large", 40, 68),
                      {.existing = AtomicFile::Existing::kReplace});
  {
    const tests::ExpectedWarnings warnings;
    EXPECT_EQ(pictures.at(0).hq.size(2), 66);
    EXPECT_EQ(pictures.at(0).hq.size(2), 66);
    EXPECT_THAT(warnings.messages(), ElementsAre(HasSubstr("has 68x40, and is cut to 2 times")));
  }
  imaging::write_rgb8(folder_ / "hq" / "a.png", tests::made_up_picture("small", 40, 65),
                      {.existing = AtomicFile::Existing::kReplace});
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(pictures.at(0)); }),
              HasSubstr("has 65x40, less than 2 times the 33x20 of"));
}

TEST_F(ValidationPicturesTest, SinglePicturesHaveNoHq) {
  ValidationPicturesOptions single = options();
  single.files.hq_roots.clear();
  const ValidationPictures pictures(single);
  EXPECT_FALSE(pictures.has_hq());
  EXPECT_THAT(names_of(pictures), ElementsAre("a", "city_b"));
  EXPECT_FALSE(pictures.at(1).hq.defined());
  EXPECT_EQ(pictures.at(1).lq.size(2), 17);
}

TEST_F(ValidationPicturesTest, MakesLqOnceAndAlwaysTheSame) {
  ValidationPicturesOptions made = options();
  made.files.lq_roots.clear();
  EXPECT_THAT(message_of<ConfigError>([&] { ValidationPictures pictures(made); }),
              HasSubstr("there is no degradation"));
  made.scale = 4;
  made.pipeline = tests::noise_and_codecs();
  const ValidationPictures pictures(made);
  const ValidationPictures again(made);
  const auto picture = pictures.at(0);  // 66x40 becomes 64x40.
  EXPECT_TRUE(
      torch::equal(picture.hq, imaging::read_rgb8(folder_ / "hq" / "a.png").narrow(2, 0, 64)));
  EXPECT_EQ(picture.lq.sizes(), (std::vector<std::int64_t>{3, 10, 16}));
  EXPECT_TRUE(torch::equal(pictures.at(0).lq, picture.lq));
  static_cast<void>(again.at(1));
  EXPECT_TRUE(torch::equal(again.at(0).lq, picture.lq));
  made.scale = 2;
  EXPECT_THAT(message_of<ConfigError>([&] { ValidationPictures other(made); }),
              HasSubstr("reduces by 4, but the training's scale is 2"));
}

TEST_F(ValidationPicturesTest, ReadsDatabases) {
  tests::pack_lmdb(folder_ / "hq", folder_ / "hq.lmdb");
  tests::pack_lmdb(folder_ / "lq", folder_ / "lq.lmdb");
  ValidationPicturesOptions lmdb = options();
  lmdb.files = {};
  lmdb.files.hq_roots = {(folder_ / "hq.lmdb").string()};
  lmdb.files.lq_roots = {(folder_ / "lq.lmdb").string()};
  lmdb.files.backend = PictureBackend::kLmdb;
  const ValidationPictures pictures(lmdb);
  const ValidationPictures files(options());
  ASSERT_EQ(pictures.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(pictures.at(i).name, files.at(i).name);
    EXPECT_TRUE(torch::equal(pictures.at(i).hq, files.at(i).hq));
  }
}

}  // namespace
}  // namespace vcisr::data
