// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "vcisr/core/config.h"
#include "vcisr/core/range.h"
#include "vcisr/core/rng.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

/// Which picture lq is made from.
enum class DegradedSource {
  kHq,
  kSharpened,  ///< The USM-sharpened target (Real-ESRGAN).
};

struct PipelineOptions {
  std::int64_t scale = 4;
  DegradedSource source = DegradedSource::kHq;
  std::int64_t batch_size = 128;                  ///< Pictures that are drawn for together.
  Range<std::int64_t> first_batch_size{32, 127};  ///< Of an epoch, so that batches fall elsewhere.
};

/// A list of stages from hq to lq, from YAML (docs/degradation.md): as `stages:`, or with the flat
/// keys of Real-ESRGAN and VCISR (`type: real_esrgan | vcisr`), which are translated into stages.
///
/// Random   draw() takes every decision, from its rng alone; applying takes none.
/// Threads  const members from any thread.
class Pipeline {
 public:
  /// `scale` is what counts where the section gives none.
  /// Errors  ConfigError with file, line and key.
  explicit Pipeline(const Config& config, std::int64_t scale = 4);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;

  /// Reads a file, with overrides as Config::load has them, or one of the shipped presets by its
  /// name ("vcisr", "vcisr_paper" …).
  [[nodiscard]] static Pipeline load(const std::string& path_or_preset,
                                     const std::vector<std::string>& overrides = {});

  [[nodiscard]] const PipelineOptions& options() const noexcept;

  /// For start-up: draws will work out for hq pictures of this size.
  /// Errors  ConfigError: an encoder is missing in this FFmpeg or refuses the size or an option;
  ///         pictures of unequal size would meet a codec.
  void check(const PictureSize& hq) const;

  /// All decisions for a batch of pictures. Groups are numbered from 0.
  /// Errors  ConfigError: pictures that meet a codec together have unequal sizes.
  [[nodiscard]] BatchRecipe draw(const std::vector<PictureSize>& hq, const Rng& rng) const;

  /// The stages in effect as YAML, flat keys translated; Pipeline reads it back.
  [[nodiscard]] const std::string& yaml() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// All flat keys of Real-ESRGAN's and VCISR's option files that a Pipeline reads.
[[nodiscard]] const std::vector<std::string>& flat_keys();

}  // namespace vcisr::degradation
