// SPDX-License-Identifier: Apache-2.0
// numpy's archives of arrays, as far as metric models need them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensorfile/byte_source.h"
#include "vcisr/core/file.h"

namespace vcisr::metrics {

struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  ///< In C order.
};

/// The arrays of an uncompressed .npz by name, without ".npy". Little-endian float32 and float64,
/// at most two dimensions.
///
/// Errors  CheckpointError (no path): damaged, compressed, other types and dimensions, more than
///         2^20 numbers in an array.
[[nodiscard]] std::map<std::string, NpyArray> read_npz(const tensorfile::ByteSource& source);

/// As numpy.savez with float64 arrays; the same arrays give the same bytes. Errors  OutputError.
void write_npz(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, NpyArray>>& arrays,
               AtomicFile::Existing existing);

}  // namespace vcisr::metrics
