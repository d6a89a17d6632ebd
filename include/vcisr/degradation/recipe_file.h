// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/core/file.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

/// First line of a recipe.
struct RecipeHeader {
  std::string config;  ///< The pipeline's YAML, for the reader; replaying does not look at it.
  std::uint64_t seed = 0;
  std::int64_t scale = 4;
  DegradedSource source = DegradedSource::kHq;
};

/// A part of the source picture; the whole of it where a recipe gives none.
struct Crop {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const Crop&) const = default;
};

/// How the part is turned before it is degraded, in this order.
struct Augment {
  bool hflip = false;      ///< Left to right.
  bool vflip = false;      ///< Top to bottom.
  bool transpose = false;  ///< Rows become columns.

  bool operator==(const Augment&) const = default;
};

/// One picture that was degraded.
struct RecipeUnit {
  std::int64_t unit = 0;   ///< Number in the file; groups refer to it.
  std::string source;      ///< Path of a picture or film.
  std::int64_t frame = 0;  ///< Of a film, from 0.
  std::optional<Crop> crop;
  std::vector<Step> steps;
  Augment augment = {};
};

/// recipe.jsonl: what was done to each picture, with every number drawn, in lines of JSON
/// (docs/degradation.md). People may write one, with as few stages as they like.
struct Recipe {
  RecipeHeader header;
  std::vector<RecipeUnit> units;    ///< In the file's order.
  std::vector<GroupRecipe> groups;  ///< `units` by their numbers in the file.
};

/// Errors  InputError with file and line: not to be read, no recipe, unknown keys or words, values
///         of a wrong type, a group without units or named by nobody, one number twice.
[[nodiscard]] Recipe read_recipe(const std::filesystem::path& path);

/// Writes a recipe line by line; the file appears on finish().
/// Errors  OutputError.
class RecipeWriter {
 public:
  RecipeWriter(const std::filesystem::path& path, const RecipeHeader& header,
               AtomicFile::Existing existing);
  ~RecipeWriter();

  void write(const RecipeUnit& unit);
  void write(const GroupRecipe& group);
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The lines without a file, for labels, logs and metadata.
[[nodiscard]] std::string recipe_line(const RecipeHeader& header);
[[nodiscard]] std::string recipe_line(const RecipeUnit& unit);
[[nodiscard]] std::string recipe_line(const GroupRecipe& group);

}  // namespace vcisr::degradation
