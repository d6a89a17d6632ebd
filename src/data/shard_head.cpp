// SPDX-License-Identifier: Apache-2.0
#include "data/shard_head.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tensorfile/byte_source.h"
#include "tensorfile/safetensors.h"
#include "vcisr/core/error.h"
#include "vcisr/media/input_files.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::data {
namespace fs = std::filesystem;
namespace {

using tensorfile::CheckpointIndex;
using tensorfile::TensorRecord;

CheckpointIndex read_index(const std::string& path) {
  try {
    return tensorfile::read_safetensors_index(tensorfile::FileSource(path));
  } catch (const CheckpointError& error) {
    throw InputError(path + ": " + error.what());
  }
}

std::string metadata_of(const CheckpointIndex& index, const std::string& key) {
  const auto found = index.metadata.find(key);
  return found == index.metadata.end() ? "" : found->second;
}

const TensorRecord& pictures_of(const CheckpointIndex& index, const std::string& key,
                                const std::string& path) {
  for (const TensorRecord& record : index.tensors) {
    if (record.name != key) continue;
    if (record.type == tensorfile::ElementType::kUInt8 && record.sizes.size() == 4 &&
        record.sizes[1] == 3 && record.sizes[2] > 0 && record.sizes[3] > 0) {
      return record;
    }
    throw InputError(path + ": its '" + key + "' is not uint8 [N, 3, h, w]");
  }
  throw InputError(path + ": is a pair shard without '" + key + "'");
}

void check_metadata(const CheckpointIndex& index, const std::string& path, std::int64_t scale) {
  if (metadata_of(index, "format") != "vcisr-pairs") {
    throw InputError(path + ": is no pair shard (its metadata lack format \"vcisr-pairs\")");
  }
  const auto expect = [&](const std::string& key, const std::string& expected) {
    const std::string found = metadata_of(index, key);
    if (found == expected) return;
    throw InputError(path + ": is a pair shard of " + key + " '" + tensorfile::printable(found) +
                     "', but '" + expected + "' is needed");
  };
  expect("version", "1");
  expect("colour", "rgb");
  expect("scale", std::to_string(scale));
}

}  // namespace

std::vector<std::string> list_shards(const std::vector<std::string>& sources) {
  std::vector<std::string> shards;
  for (const std::string& source : sources) {
    std::error_code error;
    if (!fs::is_directory(source, error)) {
      if (!fs::exists(source, error)) throw InputError(source + ": no such pair shard or folder");
      shards.push_back(source);
      continue;
    }
    std::vector<std::string> found;
    for (fs::directory_iterator entry(source, error), end; !error && entry != end;
         entry.increment(error)) {
      const fs::path& path = entry->path();
      if (media::lower_extension(path) != "safetensors") continue;
      if (path.filename().string().starts_with(".")) continue;
      found.push_back(path.string());
    }
    if (error) throw InputError(source + ": cannot be listed: " + error.message());
    if (found.empty()) throw InputError(source + ": holds no pair shard (.safetensors)");
    std::sort(found.begin(), found.end());
    shards.insert(shards.end(), found.begin(), found.end());
  }
  if (shards.empty()) throw InputError("no pair shard was given");
  return shards;
}

ShardHead read_shard_head(const std::string& path, std::int64_t scale) {
  const CheckpointIndex index = read_index(path);
  check_metadata(index, path, scale);
  const auto& lq = pictures_of(index, "lq", path).sizes;
  const auto& hq = pictures_of(index, "hq", path).sizes;
  if (hq[0] != lq[0] || hq[2] != scale * lq[2] || hq[3] != scale * lq[3]) {
    throw InputError(path + ": is a damaged pair shard: its hq is not " + std::to_string(scale) +
                     " times its lq, pair by pair");
  }
  if (lq[0] == 0) throw InputError(path + ": holds no pair");
  return {path, lq[0], {lq[2], lq[3]}, {hq[2], hq[3]}};
}

ShardSamples read_shard(const ShardHead& head) {
  try {
    const auto shard = tensorfile::read_checkpoint(head.path);
    const torch::Tensor* const lq = shard.find("lq");
    const torch::Tensor* const hq = shard.find("hq");
    const auto fits = [&head](const torch::Tensor* pictures, const degradation::PictureSize& size) {
      return pictures != nullptr && pictures->scalar_type() == torch::kUInt8 &&
             pictures->sizes() == torch::IntArrayRef({head.pairs, 3, size.height, size.width});
    };
    if (!fits(lq, head.lq) || !fits(hq, head.hq)) {
      throw InputError(head.path + ": was changed while a training was taking pairs from it");
    }
    return {*lq, *hq};
  } catch (const CheckpointError& error) {
    throw InputError(error.what());
  }
}

}  // namespace vcisr::data
