// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/shard_sink.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

#include <torch/torch.h>

#include "vcisr/core/error.h"
#include "vcisr/core/hash.h"
#include "vcisr/core/text.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tools {
namespace {

std::string size_text(const torch::Tensor& picture) {
  std::ostringstream text;
  text << picture.size(2) << "x" << picture.size(1);
  return text.str();
}

}  // namespace

ShardSink::ShardSink(ShardOptions options) : options_(std::move(options)) {
  const std::string& config = options_.header.config;
  config_hash_ = sha256({reinterpret_cast<const std::uint8_t*>(config.data()), config.size()});
}

void ShardSink::write(const data::PairBatch& batch) {
  // Groups of which this shard has met pairs but not the last one.
  std::map<std::int64_t, const degradation::GroupRecipe*> missing;
  for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
    add(batch.pairs[i]);
    const std::int64_t unit = batch.pairs[i].recipe.unit;
    for (const auto& group : batch.groups) {
      const auto& units = group.units;
      if (std::find(units.begin(), units.end(), unit) != units.end()) {
        missing[group.group] = &group;
      }
    }
    for (const auto* const group : data::groups_ending_with(batch, i)) {
      lines_.push_back(degradation::recipe_line(*group));
      missing.erase(group->group);
    }
    if (static_cast<std::int64_t>(lq_.size()) < options_.pairs_per_shard) continue;
    for (const auto& [number, group] : missing) {
      lines_.push_back(degradation::recipe_line(*group));
    }
    missing.clear();
    close_shard();
  }
}

void ShardSink::add(const data::Pair& pair) {
  const std::int64_t scale = options_.header.scale;
  if (pair.hq.size(1) != scale * pair.lq.size(1) || pair.hq.size(2) != scale * pair.lq.size(2)) {
    throw ConfigError("unit " + std::to_string(pair.recipe.unit) + " of '" + pair.recipe.source +
                      "' is " + size_text(pair.lq) + " from " + size_text(pair.hq) +
                      ", but a shard's pairs differ by the scale, " + std::to_string(scale));
  }
  const bool fits = lq_.empty() || (lq_.front().sizes() == pair.lq.sizes() &&
                                    hq_.front().sizes() == pair.hq.sizes());
  if (!fits) {
    throw ConfigError("a shard holds pairs of one size, but unit " +
                      std::to_string(pair.recipe.unit) + " is " + size_text(pair.lq) + " from " +
                      size_text(pair.hq) + " after " + size_text(lq_.front()) + " from " +
                      size_text(hq_.front()));
  }
  lq_.push_back(pair.lq);
  hq_.push_back(pair.hq);
  units_.push_back(pair.recipe.unit);
  lines_.push_back(degradation::recipe_line(pair.recipe));
}

std::string ShardSink::recipe() const {
  return degradation::recipe_line(options_.header) + "\n" + join(lines_, "\n") + "\n";
}

void ShardSink::close_shard() {
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "pairs_%05lld.safetensors",
                static_cast<long long>(shards_++));
  tensorfile::Checkpoint shard;
  shard.tensors = {{"lq", torch::stack(lq_)},
                   {"hq", torch::stack(hq_)},
                   {"unit", torch::tensor(units_, torch::kInt64)}};
  shard.metadata = {{"format", "vcisr-pairs"},
                    {"version", "1"},
                    {"scale", std::to_string(options_.header.scale)},
                    {"colour", "rgb"},
                    {"config_hash", config_hash_},
                    {"recipe", recipe()}};
  tensorfile::write_safetensors(options_.folder / name.data(), shard,
                                options_.existing == AtomicFile::Existing::kReplace);
  lq_.clear();
  hq_.clear();
  units_.clear();
  lines_.clear();
}

void ShardSink::finish() {
  if (!lq_.empty()) close_shard();
}

}  // namespace vcisr::tools
