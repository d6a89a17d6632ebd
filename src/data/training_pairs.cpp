// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/training_pairs.h"

#include <algorithm>

namespace vcisr::data {

const Origin& PairHistory::origin() const {
  return batch->origins.at(static_cast<std::size_t>(unit));
}

const degradation::UnitRecipe& PairHistory::recipe() const {
  return batch->recipe.units.at(static_cast<std::size_t>(unit));
}

std::vector<const degradation::GroupRecipe*> PairHistory::groups() const {
  std::vector<const degradation::GroupRecipe*> found;
  for (const degradation::GroupRecipe& group : batch->recipe.groups) {
    if (std::find(group.units.begin(), group.units.end(), unit) != group.units.end()) {
      found.push_back(&group);
    }
  }
  return found;
}

}  // namespace vcisr::data
