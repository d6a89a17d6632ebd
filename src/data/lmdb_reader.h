// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace vcisr::data {

/// Values of an LMDB (a folder with data.mdb) by key, read-only and without its lock file.
///
/// Threads  read() from any.
class LmdbReader {
 public:
  /// Errors  InputError: as check_lmdb_file; what liblmdb says against it.
  explicit LmdbReader(const std::filesystem::path& folder);
  ~LmdbReader();
  LmdbReader(const LmdbReader&) = delete;
  LmdbReader& operator=(const LmdbReader&) = delete;

  /// A copy. Errors  InputError: there is no such key.
  [[nodiscard]] std::vector<std::uint8_t> read(const std::string& key) const;
  [[nodiscard]] bool has(const std::string& key) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
