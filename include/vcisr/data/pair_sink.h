// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/data/hq_source.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

enum class PairPart { kLq, kHq, kHqSharpened };

/// A finished pair and what was done to it.
struct Pair {
  degradation::RecipeUnit recipe;
  PictureTag tag;
  torch::Tensor lq;            ///< uint8 [3, h, w].
  torch::Tensor hq;            ///< uint8 [3, H, W].
  torch::Tensor hq_sharpened;  ///< May be undefined where nobody needs it.

  [[nodiscard]] const torch::Tensor& part(PairPart part) const {
    return part == PairPart::kLq ? lq : part == PairPart::kHq ? hq : hq_sharpened;
  }
};

struct PairBatch {
  std::vector<Pair> pairs;
  std::vector<degradation::GroupRecipe> groups;  ///< Units by their numbers in the recipe.
};

/// The batch's groups of which this pair is the last: in recipes they follow it, so that a recipe's
/// lines depend on the pairs alone. In ascending order of their numbers.
[[nodiscard]] std::vector<const degradation::GroupRecipe*> groups_ending_with(
    const PairBatch& batch, std::size_t pair);

/// The batch's lines. `recipe` may be nullptr.
void write_recipe(const PairBatch& batch, degradation::RecipeWriter* recipe);

/// Where pairs go. Destroyed before finish(), a sink leaves nothing half-written.
///
/// Threads  one object, one thread at a time. Errors  OutputError.
class PairSink {
 public:
  virtual ~PairSink() = default;

  /// In order.
  virtual void write(const PairBatch& batch) = 0;
  /// The source failed: what is unfinished of it is given up.
  virtual void abandon(const std::string& source) { static_cast<void>(source); }
  /// Everything is written when it returns.
  virtual void finish() = 0;
};

}  // namespace vcisr::data
