// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "tensorfile/element_type.h"
#include "vcisr/core/file.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tensorfile {

/// A file written front to back that appears when it is complete. Errors  OutputError.
class CheckpointOutput {
 public:
  CheckpointOutput(const std::filesystem::path& path, bool overwrite);
  void write(std::span<const std::uint8_t> bytes);
  void write(std::string_view text);
  void write_zeros(std::size_t count);
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  void commit();

 private:
  [[noreturn]] void fail() const;

  AtomicFile file_;
  std::ofstream stream_;
  std::uint64_t position_ = 0;
};

/// A tensor as it will be written: contiguous, on the CPU.
struct WritableTensor {
  std::string name;
  torch::Tensor tensor;
  const ElementTypeInfo* type = nullptr;

  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
};

/// Errors  OutputError naming the tensor: no name, a name twice or not UTF-8, a type that the
///         formats have not.
[[nodiscard]] std::vector<WritableTensor> make_writable(const std::filesystem::path& path,
                                                        const Checkpoint& checkpoint);

/// The text with what is no UTF-8 replaced.
[[nodiscard]] std::string to_utf8(const std::string& text);

}  // namespace vcisr::tensorfile
