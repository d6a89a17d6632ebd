// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/preview_sheet.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include <torch/torch.h>

#include "data/hq_picture.h"
#include "data/sheet_layout.h"
#include "vcisr/core/error.h"
#include "vcisr/core/rng.h"
#include "vcisr/data/batch_degrader.h"
#include "vcisr/data/sharpened_picture.h"

namespace vcisr::data {
namespace {

constexpr std::int64_t kPanFrames = 5;

/// The middle of the picture, sides multiples of the scale and at most the size wanted.
degradation::Crop middle(const torch::Tensor& picture, const PreviewOptions& options,
                         std::int64_t scale) {
  const auto side = [&](std::int64_t length) {
    return std::min(length, std::max(options.size_px, scale)) / scale * scale;
  };
  degradation::Crop crop{.height = side(picture.size(1)), .width = side(picture.size(2))};
  crop.top = (picture.size(1) - crop.height) / 2;
  crop.left = (picture.size(2) - crop.width) / 2;
  return crop;
}

/// The crop moved to the right by some pixels; beyond the picture its last column goes on.
torch::Tensor moved_crop(const torch::Tensor& picture, const degradation::Crop& crop,
                         std::int64_t shift) {
  const auto columns =
      (torch::arange(crop.width) + (crop.left + shift)).clamp(0, picture.size(2) - 1);
  return picture.narrow(1, crop.top, crop.height).index_select(2, columns).contiguous();
}

/// The same steps for every frame of the pan; noise is as new in each as between pictures.
degradation::BatchRecipe for_pan(const degradation::BatchRecipe& one) {
  degradation::BatchRecipe recipe = one;
  recipe.units.clear();
  for (std::int64_t frame = 0; frame < kPanFrames; ++frame) {
    degradation::UnitRecipe unit = one.units.front();
    const auto others = static_cast<std::uint64_t>(kPanFrames - 1 - frame);
    for (auto& step : unit.steps) {
      if (auto* const noise = std::get_if<degradation::GaussianNoiseStep>(&step)) {
        noise->seed += others;
      }
      if (auto* const noise = std::get_if<degradation::PoissonNoiseStep>(&step)) {
        noise->seed += others;
      }
    }
    recipe.units.push_back(std::move(unit));
  }
  for (auto& group : recipe.groups) {
    group.units.clear();
    for (std::int64_t frame = 0; frame < kPanFrames; ++frame) group.units.push_back(frame);
  }
  return recipe;
}

torch::Tensor enlarged(const torch::Tensor& picture, std::int64_t factor) {
  return picture.repeat_interleave(factor, 1).repeat_interleave(factor, 2);
}

std::string size_text(const torch::Tensor& picture) {
  return std::to_string(picture.size(2)) + "x" + std::to_string(picture.size(1));
}

}  // namespace

torch::Tensor preview_sheet(const torch::Tensor& picture, const degradation::Pipeline& pipeline,
                            WorkerPool& pool, const PreviewOptions& options,
                            const std::stop_token& stop) {
  const std::int64_t scale = pipeline.options().scale;
  static_cast<void>(crop_to_multiple(picture, scale, options.name));  // For its error.
  const degradation::Crop crop = middle(picture, options, scale);
  const auto source = pipeline.options().source;
  const torch::Tensor whole =
      source == degradation::DegradedSource::kSharpened ? sharpened_picture(picture) : picture;
  const torch::Tensor shown = moved_crop(picture, crop, 0);
  const std::int64_t zoom =
      std::max<std::int64_t>(1, options.size_px / std::max(crop.height, crop.width));

  std::vector<SheetTile> tiles;
  tiles.push_back(
      {enlarged(shown, zoom), "hq " + size_text(shown),
       "the middle of " + size_text(picture) + "; lq is " + std::to_string(crop.width / scale) +
           "x" + std::to_string(crop.height / scale) +
           ", shown with its pixels enlarged; codecs: the last of five frames of a pan; "
           "s sigma, b shape, q quantiser; w cutoff (sinc), encoded width (codec)"});
  std::vector<torch::Tensor> frames;
  for (std::int64_t frame = 0; frame < kPanFrames; ++frame) {
    frames.push_back(moved_crop(whole, crop, (kPanFrames - 1 - frame) * scale));
  }
  const degradation::PictureSize size{crop.height, crop.width};

  BatchDegrader degrader(pool, 2);
  const std::stop_callback on_stop(stop, [&degrader] { degrader.cancel(); });
  std::int64_t drawn = 0;
  for (std::int64_t done = 0; done < options.count;) {
    if (drawn < options.count && !degrader.is_full()) {
      HqBatch batch;
      const Rng rng(options.seed, static_cast<std::uint64_t>(drawn++));
      batch.recipe = for_pan(pipeline.draw({size}, rng));
      for (const auto& frame : frames) batch.pictures.push_back({frame, {}, {}});
      degrader.push(std::move(batch));
      continue;
    }
    const DegradedBatch result = degrader.pop();
    const torch::Tensor& lq = result.lq.back();
    tiles.push_back({enlarged(enlarged(lq, scale), zoom), "draw " + std::to_string(done + 1),
                     steps_in_words(result.input.recipe, kPanFrames - 1, size)});
    ++done;
  }
  return draw_sheet(options.title, tiles);
}

}  // namespace vcisr::data
