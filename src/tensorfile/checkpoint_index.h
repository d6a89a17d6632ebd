// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensorfile/byte_source.h"
#include "tensorfile/element_type.h"

namespace vcisr::tensorfile {

/// Where one run of numbers lies in the file; several tensors may view it.
struct StorageRecord {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint32_t> crc32;  ///< Of the whole run, where the file has one.
};

struct TensorRecord {
  std::string name;
  ElementType type = ElementType::kUnsupported;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;  ///< In elements, none negative.
  std::int64_t first_element = 0;
  std::size_t storage = 0;  ///< Index into CheckpointIndex::storages.
};

/// All that is known of a model file before a single weight is read. Every range in it has been
/// checked against the file.
struct CheckpointIndex {
  std::string format;   ///< "safetensors" or "pth".
  std::string wrapper;  ///< As Checkpoint::wrapper.
  std::map<std::string, std::string> metadata;
  std::vector<StorageRecord> storages;
  std::vector<TensorRecord> tensors;
};

/// Told from the content: safetensors, zipped .pth or .pth of before 2020.
/// `preferred_wrapper` as in CheckpointReadOptions.
/// Errors  CheckpointError without the path, in one sentence that follows "<path>: ".
[[nodiscard]] CheckpointIndex read_checkpoint_index(const ByteSource& source,
                                                    const std::string& preferred_wrapper);

/// Number of elements. Errors  CheckpointError for a negative size or more than 2^62 elements.
[[nodiscard]] std::int64_t checked_element_count(const std::vector<std::int64_t>& sizes);

/// Elements of the storage that a view reaches: one past its last. Errors  CheckpointError for
/// negative or overflowing sizes, strides and offsets.
[[nodiscard]] std::int64_t checked_extent(const std::vector<std::int64_t>& sizes,
                                          const std::vector<std::int64_t>& strides,
                                          std::int64_t first_element);

/// Takes the wrappers of training programs (`_orig_mod.`, `module.`, `model.`, `model_g.`, `netG.`)
/// off the names. Returns what was cut as text for CheckpointIndex::wrapper, "" if nothing.
///
/// A prefix goes when all tensors carry it. `model.` stays where a number follows (the old ESRGAN
/// scheme). Where only some tensors carry `model_g.` or `netG.` (a generator saved with its
/// discriminator), the others are dropped.
[[nodiscard]] std::string cut_prefixes(std::vector<TensorRecord>& tensors);

/// Contiguous strides of the sizes.
[[nodiscard]] std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& sizes);

}  // namespace vcisr::tensorfile
