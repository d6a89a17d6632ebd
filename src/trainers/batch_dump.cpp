// SPDX-License-Identifier: Apache-2.0
#include "trainers/batch_dump.h"

#include <system_error>
#include <variant>

#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/degradation/recipe_file.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::trainers {
std::string recipe_lines(const data::PairHistory& pair, std::int64_t unit,
                         std::int64_t& next_group) {
  if (pair.batch == nullptr) return "";
  const data::Origin& origin = pair.origin();
  degradation::RecipeUnit line{.unit = unit,
                               .source = origin.source,
                               .frame = origin.frame,
                               .crop = origin.crop,
                               .steps = pair.recipe().steps,
                               .augment = origin.augment};
  std::string groups;
  for (const auto* const group : pair.groups()) {
    auto alone = *group;
    alone.group = next_group++;
    alone.units = {unit};
    for (auto& step : line.steps) {
      auto* const member = std::get_if<degradation::GroupStep>(&step);
      if (member != nullptr && member->group == group->group) member->group = alone.group;
    }
    groups += degradation::recipe_line(alone) + "\n";
  }
  return degradation::recipe_line(line) + "\n" + groups;
}

void dump_batches(const std::filesystem::path& path,
                  const std::vector<data::TrainingBatch>& batches) {
  make_folder(path.parent_path());
  tensorfile::Checkpoint file;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const std::string number = "_" + std::to_string(i);
    file.tensors.emplace_back("lq" + number, batches[i].lq);
    file.tensors.emplace_back("hq" + number, batches[i].hq);
    if (batches[i].hq_sharpened.defined()) {
      file.tensors.emplace_back("hq_sharpened" + number, batches[i].hq_sharpened);
    }
    std::string names;
    for (const auto& name : batches[i].names) names += name + "\n";
    file.metadata["names" + number] = names;
    std::string recipe;
    std::int64_t groups = 0;
    for (std::size_t k = 0; k < batches[i].pairs.size(); ++k) {
      recipe += recipe_lines(batches[i].pairs[k], static_cast<std::int64_t>(k), groups);
    }
    if (!recipe.empty()) file.metadata["recipe" + number] = recipe;
  }
  tensorfile::write_safetensors(path, file, /*overwrite=*/true);
}

}  // namespace vcisr::trainers
