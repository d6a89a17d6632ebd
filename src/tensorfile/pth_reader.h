// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "tensorfile/byte_source.h"
#include "tensorfile/checkpoint_index.h"

namespace vcisr::tensorfile {

/// What torch.save writes since torch 1.6 (2020): a zip archive with data.pkl and data/<key>.
/// Errors  CheckpointError without the path; a TorchScript archive is told from it and refused.
[[nodiscard]] CheckpointIndex read_zipped_pth_index(const ByteSource& source,
                                                    const std::string& preferred_wrapper);

/// What it wrote before: pickles one after the other, then the storages. Many models of the field
/// are still passed on in it.
[[nodiscard]] CheckpointIndex read_legacy_pth_index(const ByteSource& source,
                                                    const std::string& preferred_wrapper);
[[nodiscard]] bool is_legacy_pth(std::span<const std::uint8_t> head);

}  // namespace vcisr::tensorfile
