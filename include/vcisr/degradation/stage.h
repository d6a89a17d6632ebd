// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "vcisr/core/registry.h"
#include "vcisr/core/rng.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

class VideoCompressionStage;

/// Who shares a random decision. What the published code draws for each picture even so (noise
/// strength, gray flag, JPEG quality) is drawn for each picture in both cases.
enum class DecidePer { kImage, kBatch };

/// Numbers for one stage and one picture.
struct DrawRngs {
  Rng shared;             ///< A copy of the same generator for all pictures that share decisions.
  Rng own;                ///< This picture's.
  Rng stage;              ///< The stage's in this batch, for lists inside it and for its groups.
  std::int64_t unit = 0;  ///< The picture's number in the batch.
};

/// What a stage draws for one picture.
struct PictureDraw {
  PictureSize input;       ///< Of the hq picture.
  std::int64_t scale = 1;  ///< Of the pipeline.
  PictureSize size;        ///< As the picture has become so far.
  std::vector<Step> steps;

  /// Steps of `steps` (GroupStep) whose group is not formed yet.
  struct Pending {
    std::size_t step;
    const VideoCompressionStage* stage;
    Rng rng;
    PictureSize size;
  };
  std::vector<Pending> pending;
};

/// What is known of the pictures' size before anything is drawn.
struct SizeForecast {
  PictureSize input;
  std::int64_t scale = 1;
  std::optional<PictureSize> size;  ///< Empty: it depends on the draws.
  bool is_shared = true;            ///< Equal for all pictures of a batch.
};

/// One entry of a pipeline: options, and how concrete steps are drawn from them.
///
/// Threads  const members from any thread.
class Stage {
 public:
  virtual ~Stage() = default;

  /// Appends the steps drawn, none where the stage leaves the picture alone, and keeps `size` true.
  /// Random  rngs alone: the same ones give the same steps.
  virtual void draw(DrawRngs& rngs, PictureDraw& picture) const = 0;

  /// For start-up: whether draws will work out for pictures that come in as `picture` says, and
  /// what becomes of their size. Errors  ConfigError: pictures of unequal size would meet a codec;
  /// a codec that this FFmpeg
  ///         lacks, or that refuses the size or an option.
  virtual void check(SizeForecast& picture) const { static_cast<void>(picture); }

  [[nodiscard]] DecidePer decide_per() const noexcept { return decide_per_; }

 protected:
  explicit Stage(DecidePer decide_per) : decide_per_(decide_per) {}

 private:
  DecidePer decide_per_;
};

using StagePtr = std::unique_ptr<Stage>;

/// The rngs of stage number `index` of a list whose numbers come from `list`, for picture `unit`.
[[nodiscard]] DrawRngs rngs_for(const Rng& list, std::size_t index, std::int64_t unit,
                                DecidePer decide_per);

/// The stages by their YAML `type`; the list that docs/degradation.md explains.
[[nodiscard]] const Registry<StagePtr>& stage_registry();

}  // namespace vcisr::degradation
