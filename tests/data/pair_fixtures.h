// SPDX-License-Identifier: Apache-2.0
// Pairs in folders, databases and shards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lmdb.h>

#include "data/data_fixtures.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {

/// hq, and its reduction by 2 as lq: folder/hq/name.png, folder/lq/name.png.
inline void write_pair(const std::filesystem::path& folder, const std::string& name,
                       std::int64_t height, std::int64_t width, const std::string& lq_name = "") {
  const auto lq = made_up_picture(name, height, width);
  const auto hq_path = folder / "hq" / (name + ".png");
  const auto lq_path = folder / "lq" / ((lq_name.empty() ? name : lq_name) + ".png");
  std::filesystem::create_directories(hq_path.parent_path());
  std::filesystem::create_directories(lq_path.parent_path());
  imaging::write_rgb8(lq_path, lq);
  imaging::write_rgb8(hq_path, lq.repeat_interleave(2, 1).repeat_interleave(2, 2));
}

/// A database of entries, as BasicSR's scripts make it, without its list.
inline void write_lmdb(const std::filesystem::path& folder,
                       const std::map<std::string, std::string>& entries) {
  std::filesystem::create_directories(folder);
  MDB_env* environment = nullptr;
  ASSERT_EQ(mdb_env_create(&environment), 0);
  ASSERT_EQ(mdb_env_set_mapsize(environment, std::size_t{64} << 20), 0);
  ASSERT_EQ(mdb_env_open(environment, folder.c_str(), 0, 0644), 0);
  MDB_txn* transaction = nullptr;
  ASSERT_EQ(mdb_txn_begin(environment, nullptr, 0, &transaction), 0);
  MDB_dbi database = 0;
  ASSERT_EQ(mdb_dbi_open(transaction, nullptr, 0, &database), 0);
  for (const auto& [key, value] : entries) {
    MDB_val name{key.size(), const_cast<char*>(key.data())};
    MDB_val bytes{value.size(), const_cast<char*>(value.data())};
    ASSERT_EQ(mdb_put(transaction, database, &name, &bytes, 0), 0);
  }
  ASSERT_EQ(mdb_txn_commit(transaction), 0);
  mdb_env_close(environment);
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The pictures of a folder as a database with its list.
inline void pack_lmdb(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::map<std::string, std::string> entries;
  std::string list;
  for (const auto& file : media::list_folder(from, media::SubFolders::kRead).files) {
    const auto relative = file.path.lexically_relative(from);
    const auto picture = imaging::read_rgb8(file.path);
    entries[(relative.parent_path() / relative.stem()).generic_string()] = file_bytes(file.path);
    list += relative.generic_string() + " (" + std::to_string(picture.size(1)) + "," +
            std::to_string(picture.size(2)) + ",3) 1\n";
  }
  write_lmdb(to, entries);
  std::ofstream(to / "meta_info.txt") << list;
}

/// A shard whose pairs hold their own number plus `first` in every sample; scale 2.
inline void write_shard(const std::filesystem::path& path, std::int64_t first, std::int64_t pairs,
                        std::int64_t side = 8,
                        const std::map<std::string, std::string>& changes = {}) {
  const auto numbers = torch::arange(first, first + pairs).to(torch::kUInt8).view({-1, 1, 1, 1});
  tensorfile::Checkpoint shard;
  shard.tensors = {{"lq", numbers.expand({pairs, 3, side, side}).contiguous()},
                   {"hq", numbers.expand({pairs, 3, 2 * side, 2 * side}).contiguous()},
                   {"unit", torch::arange(first, first + pairs)}};
  shard.metadata = {{"format", "vcisr-pairs"}, {"version", "1"}, {"scale", "2"}, {"colour", "rgb"}};
  for (const auto& [key, value] : changes) shard.metadata[key] = value;
  tensorfile::write_safetensors(path, shard, true);
}

}  // namespace vcisr::tests
