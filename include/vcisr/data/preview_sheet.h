// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include <torch/types.h>

#include "vcisr/core/worker_pool.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::data {

struct PreviewOptions {
  std::int64_t count = 8;      ///< Draws.
  std::int64_t size_px = 360;  ///< Longest side of what is shown, from the middle of the picture.
  std::uint64_t seed = 0;
  std::string name = "the picture";  ///< For messages.
  std::string title;                 ///< On top; parts between "; " stay together where they fit.
};

/// What draws of one picture look like, side by side: the picture itself, then each lq enlarged
/// back by repeating its pixels, every tile with what was done to it in words and numbers.
///
/// A video codec needs more than one picture, so each draw is a clip of its own: five frames of a
/// pan by one lq pixel a frame, of which the last one is shown.
///
/// Shape    picture: uint8 [3, H, W]; returns uint8 [3, sheet height, sheet width].
/// Random   Draw n comes from Rng(seed, n).
/// Errors   InputError: a picture smaller than the scale. ConfigError as Pipeline::draw and
///          BatchRun. Interrupted when `stop` was asked for.
[[nodiscard]] torch::Tensor preview_sheet(const torch::Tensor& picture,
                                          const degradation::Pipeline& pipeline, WorkerPool& pool,
                                          const PreviewOptions& options,
                                          const std::stop_token& stop);

/// A unit's steps in short words with their numbers: "blur aniso 13 s 1.2/0.7; resize bicubic 0.63;
/// noise gauss 12.3; jpeg 61; x264 crf 26 medium 24 fps w 104". Sizes begin with `hq`.
[[nodiscard]] std::string steps_in_words(const degradation::BatchRecipe& recipe, std::size_t unit,
                                         const degradation::PictureSize& hq);

}  // namespace vcisr::data
