// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "vcisr/data/hq_source.h"
#include "vcisr/degradation/recipe_file.h"

namespace vcisr::data {

struct RecipeReplayOptions {
  std::filesystem::path root;    ///< What the recipe's sources are relative to.
  std::string recipe_name;       ///< For messages.
  bool needs_sharpened = false;  ///< Fill hq_sharpened also where lq is not made from it.
  ReaderThreads readers;         ///< For pictures; films are read by the caller of next().
};

/// What a recipe says was done, done again: the same pictures in the recipe's order.
///
/// Batches  Units in order until no group is open, up to 128 and 256 MiB of samples where groups
///          allow it. So memory does not grow with the recipe as long as groups stand together.
/// Crops    A unit without one is cut to multiples of the header's scale, as whole pictures are.
/// Films    are read in order; a frame that lies before the one read last is looked for from the
///          film's beginning.
/// Failures none: what cannot be read ends the work.
/// Errors   The constructor: InputError for a source that is not there, a group with a unit that
///          the recipe lacks or that does not name it. next(): InputError for a source that cannot
///          be read or is smaller than the scale, a crop outside the picture, a film with fewer
///          frames.
class RecipeReplay final : public HqSource {
 public:
  RecipeReplay(degradation::Recipe recipe, RecipeReplayOptions options);
  ~RecipeReplay() override;

  [[nodiscard]] std::optional<SourceBatch> next() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
