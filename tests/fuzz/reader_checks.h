// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>

#include "tensorfile/checkpoint_index.h"

namespace vcisr::tensorfile {

/// What must hold for every index that a reader lets pass; a fuzz target stops where it does not.
inline void check_index(const CheckpointIndex& index, std::uint64_t file_bytes) {
  for (const auto& storage : index.storages) {
    if (storage.offset > file_bytes || storage.bytes > file_bytes - storage.offset) std::abort();
  }
  for (const auto& tensor : index.tensors) {
    const auto* type = element_type_info(tensor.type);
    if (type == nullptr || tensor.name.empty()) std::abort();
    const auto extent = checked_extent(tensor.sizes, tensor.strides, tensor.first_element);
    const auto room = index.storages.at(tensor.storage).bytes / static_cast<unsigned>(type->bytes);
    if (static_cast<std::uint64_t>(extent) > room) std::abort();
  }
}

}  // namespace vcisr::tensorfile
