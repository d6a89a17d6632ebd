// SPDX-License-Identifier: Apache-2.0
#include "data/lmdb_reader.h"

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pair_fixtures.h"
#include "vcisr/core/error.h"
#include "vcisr/core/rng.h"

namespace vcisr::data {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using tests::message_of;
using tests::TempFolder;

std::string text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// Small values, and some that take pages of their own.
std::map<std::string, std::string> many_entries() {
  std::map<std::string, std::string> entries;
  for (int i = 0; i < 900; ++i) {
    entries["picture_" + std::to_string(i)] =
        std::string(i % 7 == 0 ? 9000 + 13 * i : 10 + i % 50, static_cast<char>('a' + i % 26));
  }
  return entries;
}

TEST(LmdbReader, ReadsValuesOfAllSizesFromAnyThread) {
  const TempFolder folder;
  const auto entries = many_entries();
  tests::write_lmdb(folder / "x.lmdb", entries);
  const LmdbReader reader(folder / "x.lmdb");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (const auto& [key, value] : entries) EXPECT_EQ(text(reader.read(key)), value);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(reader.has("picture_7"));
  EXPECT_FALSE(reader.has("picture"));
  EXPECT_FALSE(reader.has(""));
  EXPECT_FALSE(reader.has(std::string(2000, 'x')));
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(reader.read("gone")); }),
              HasSubstr("x.lmdb: has no entry 'gone'"));
}

TEST(LmdbReader, NeedsNoLockFileAndWritesNone) {
  const TempFolder folder;
  tests::write_lmdb(folder / "x.lmdb", {{"a", "1"}});
  std::filesystem::remove(folder / "x.lmdb" / "lock.mdb");
  const LmdbReader reader(folder / "x.lmdb");
  const LmdbReader again(folder / "x.lmdb");
  EXPECT_EQ(text(again.read("a")), "1");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.lmdb" / "lock.mdb"));
}

TEST(LmdbReader, AnEmptyDatabaseHasNothing) {
  const TempFolder folder;
  tests::write_lmdb(folder / "x.lmdb", {});
  EXPECT_FALSE(LmdbReader(folder / "x.lmdb").has("a"));
}

TEST(LmdbReader, SaysWhatIsWrongInOneSentence) {
  const TempFolder folder;
  const auto open = [&] { LmdbReader reader(folder / "x.lmdb"); };
  EXPECT_THAT(message_of<InputError>(open), HasSubstr("data.mdb: no such file"));
  tests::write_lmdb(folder / "x.lmdb", many_entries());
  const auto data = folder / "x.lmdb" / "data.mdb";
  const std::string whole = tests::file_bytes(data);
  std::filesystem::resize_file(data, whole.size() / 2);
  EXPECT_THAT(message_of<InputError>(open), HasSubstr("fewer than its"));
  std::filesystem::resize_file(data, 100);
  EXPECT_THAT(message_of<InputError>(open), HasSubstr("is a damaged LMDB: it ends before"));
  std::ofstream(data, std::ios::binary) << std::string(10000, 'x');
  EXPECT_THAT(message_of<InputError>(open), HasSubstr("is no LMDB"));
}

TEST(LmdbReader, NonsenseInItsPagesNeverEndsTheProgram) {
  const TempFolder folder;
  const auto entries = many_entries();
  tests::write_lmdb(folder / "x.lmdb", entries);
  const auto data = folder / "x.lmdb" / "data.mdb";
  const std::string whole = tests::file_bytes(data);
  int refused = 0;
  Rng rng(5);
  for (int round = 0; round < 150; ++round) {
    std::string damaged = whole;
    const int changes = round % 3 == 0 ? 1 : 40;
    for (int i = 0; i < changes; ++i) {
      // Mostly where pages begin, where their structure is.
      const std::int64_t pages = static_cast<std::int64_t>(whole.size()) / 4096;
      const auto at = static_cast<std::size_t>(4096 * rng.uniform_int(0, pages - 1) +
                                               rng.uniform_int(0, i % 2 == 0 ? 60 : 4095));
      damaged[at] = static_cast<char>(rng.next_u32());
    }
    std::ofstream(data, std::ios::binary | std::ios::trunc) << damaged;
    try {
      const LmdbReader reader(folder / "x.lmdb");
      for (const auto& [key, value] : entries) {
        if (reader.has(key)) static_cast<void>(reader.read(key));
      }
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 40);
}

}  // namespace
}  // namespace vcisr::data
