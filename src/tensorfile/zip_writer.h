// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensorfile/checkpoint_writer.h"

namespace vcisr::tensorfile {

/// A zip archive of uncompressed records whose bytes start at multiples of 64, as torch.save
/// writes it; zip64 where sizes need it. Times are fixed: the same records give the same bytes.
class ZipWriter {
 public:
  explicit ZipWriter(CheckpointOutput& output) : output_(output) {}
  void add(const std::string& name, std::span<const std::uint8_t> bytes);
  void finish();  ///< Writes the directory; nothing may be added after it.

 private:
  struct Entry {
    std::string name;
    std::uint64_t bytes;
    std::uint64_t local_at;
    std::uint32_t crc32;
  };

  CheckpointOutput& output_;
  std::vector<Entry> entries_;
};

}  // namespace vcisr::tensorfile
