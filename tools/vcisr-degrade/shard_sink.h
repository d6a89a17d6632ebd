// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/file.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::tools {

struct ShardOptions {
  std::filesystem::path folder;
  std::int64_t pairs_per_shard = 256;
  degradation::RecipeHeader header;
  AtomicFile::Existing existing = AtomicFile::Existing::kRefuse;
};

/// Pairs as tensors: FOLDER/pairs_00000.safetensors ... with `lq` uint8 [N, 3, h, w], `hq` uint8
/// [N, 3, H, W], `unit` int64 [N] and metadata {format: "vcisr-pairs", version, scale, colour:
/// "rgb", config_hash, recipe}.
///
/// recipe   The recipe's lines of these pairs, the header first. A group that goes on in the next
///          shard stands in both, whole.
/// Memory   The pairs of one shard.
/// Errors   ConfigError: pairs of different sizes, or whose hq is not `scale` times the lq.
/// OutputError.
class ShardSink final : public data::PairSink {
 public:
  explicit ShardSink(ShardOptions options);

  void write(const data::PairBatch& batch) override;
  void finish() override;

 private:
  void add(const data::Pair& pair);
  void close_shard();
  [[nodiscard]] std::string recipe() const;

  ShardOptions options_;
  std::string config_hash_;
  std::vector<torch::Tensor> lq_;
  std::vector<torch::Tensor> hq_;
  std::vector<std::int64_t> units_;
  std::vector<std::string> lines_;
  std::int64_t shards_ = 0;
};

}  // namespace vcisr::tools
