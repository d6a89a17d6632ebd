// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/shard_window.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::data {

/// What is known of a pair shard before its samples are read.
struct ShardHead {
  std::string path;
  std::int64_t pairs = 0;
  degradation::PictureSize lq;
  degradation::PictureSize hq;
};

/// Folders stand for the .safetensors files in them, sorted.
/// Errors  InputError: nothing there.
[[nodiscard]] std::vector<std::string> list_shards(const std::vector<std::string>& sources);

/// Errors  InputError: not to be read, damaged, no pair shard, of another scale.
[[nodiscard]] ShardHead read_shard_head(const std::string& path, std::int64_t scale);

/// Errors  InputError: not to be read, or not as its head was.
[[nodiscard]] ShardSamples read_shard(const ShardHead& head);

}  // namespace vcisr::data
