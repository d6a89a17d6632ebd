// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensorfile/byte_source.h"

namespace vcisr::tensorfile {

/// A file inside a zip archive, stored without compression.
struct ZipRecord {
  std::string name;
  std::uint64_t offset = 0;  ///< Of its first byte in the archive.
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;  ///< 0: torch.save was told not to compute it.
};

/// The archive's central directory, checked: every record lies inside the file, before the
/// directory and apart from the others, and agrees with its local header; zip64 included.
/// Errors  CheckpointError (no path): damaged, truncated, compressed, encrypted, of several disks.
[[nodiscard]] std::vector<ZipRecord> read_zip_directory(const ByteSource& source);

}  // namespace vcisr::tensorfile
