// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/pair_sink.h"

#include <algorithm>

namespace vcisr::data {

std::vector<const degradation::GroupRecipe*> groups_ending_with(const PairBatch& batch,
                                                                std::size_t pair) {
  const auto holds = [](const degradation::GroupRecipe& group, const Pair& one) {
    return std::find(group.units.begin(), group.units.end(), one.recipe.unit) != group.units.end();
  };
  std::vector<const degradation::GroupRecipe*> groups;
  for (const auto& group : batch.groups) {
    if (!holds(group, batch.pairs[pair])) continue;
    const bool goes_on =
        std::any_of(batch.pairs.begin() + static_cast<std::ptrdiff_t>(pair) + 1, batch.pairs.end(),
                    [&](const Pair& later) { return holds(group, later); });
    if (!goes_on) groups.push_back(&group);
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto* a, const auto* b) { return a->group < b->group; });
  return groups;
}

void write_recipe(const PairBatch& batch, degradation::RecipeWriter* recipe) {
  if (recipe == nullptr) return;
  for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
    recipe->write(batch.pairs[i].recipe);
    for (const auto* const group : groups_ending_with(batch, i)) recipe->write(*group);
  }
}

}  // namespace vcisr::data
