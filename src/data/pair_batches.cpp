// SPDX-License-Identifier: Apache-2.0
#include "data/pair_batches.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "data/pair_options.h"
#include "vcisr/core/error.h"
#include "vcisr/data/grid_crops.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::data {
namespace {

using degradation::PictureSize;

std::string size_text(const PictureSize& size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::int64_t bytes_of(const LoadedPair& pair) {
  return pair.lq.numel() + pair.hq.numel() +
         (pair.hq_sharpened.defined() ? pair.hq_sharpened.numel() : 0);
}

}  // namespace

std::int64_t EpochShare::batches() const {
  const std::int64_t whole = batch_size * world;
  return world == 1 ? (pairs + whole - 1) / whole : pairs / whole;
}

std::int64_t EpochShare::pairs_from(std::int64_t first) const {
  if (first >= batches()) return 0;
  if (world == 1) return pairs - first * batch_size;
  return (batches() - first) * batch_size;
}

std::int64_t EpochShare::position(std::int64_t index) const {
  return (index / batch_size * world + rank) * batch_size + index % batch_size;
}

PairBatches::PairBatches(const EpochShare& share, std::int64_t first_batch, int threads,
                         std::int64_t bytes_of_pair, Load load)
    : share_(share),
      left_(share.pairs_from(first_batch)),
      jobs_(
          static_cast<std::size_t>(left_), {threads, ops::use_one_intra_op_thread},
          2 * share.batch_size * bytes_of_pair,
          [share, first = std::min(first_batch, share.batches()) * share.batch_size,
           load = std::move(load)](std::size_t index) {
            return load(share.position(first + static_cast<std::int64_t>(index)));
          },
          bytes_of) {}

std::optional<TrainingBatch> PairBatches::next() {
  if (left_ == 0) return std::nullopt;
  std::vector<torch::Tensor> lq;
  std::vector<torch::Tensor> hq;
  std::vector<torch::Tensor> hq_sharpened;
  TrainingBatch batch;
  const std::int64_t size = std::min(left_, share_.batch_size);
  for (std::int64_t i = 0; i < size; ++i) {
    LoadedPair pair = jobs_.take();
    --left_;
    lq.push_back(std::move(pair.lq));
    hq.push_back(std::move(pair.hq));
    if (pair.hq_sharpened.defined()) hq_sharpened.push_back(std::move(pair.hq_sharpened));
    batch.names.push_back(std::move(pair.name));
  }
  batch.lq = torch::stack(lq);
  batch.hq = torch::stack(hq);
  if (!hq_sharpened.empty()) batch.hq_sharpened = torch::stack(hq_sharpened);
  return batch;
}

LoadedPair PairCut::cut(const torch::Tensor& lq, const torch::Tensor& hq, const Rng& rng) const {
  const std::int64_t side = patch_size / scale;
  Rng place = rng.fork("place");
  const std::int64_t top = place.uniform_int(0, lq.size(1) - side);
  const std::int64_t left = place.uniform_int(0, lq.size(2) - side);
  const degradation::Crop crop{scale * top, scale * left, patch_size, patch_size};
  const degradation::Augment turn = draw_augment(augment, rng.fork("augment"));
  LoadedPair pair;
  pair.lq = augmented(take_crop(lq, {top, left, side, side}), turn);
  pair.hq = augmented(take_crop(hq, crop), turn);
  if (sharpening) pair.hq_sharpened = augmented(sharpened_crop(hq, crop, *sharpening), turn);
  return pair;
}

LoadedPair PairCut::whole(const torch::Tensor& lq, const torch::Tensor& hq, const Rng& rng) const {
  const degradation::Augment turn = draw_augment(augment, rng.fork("augment"));
  // Copies: what is given may be a view of something large.
  LoadedPair pair;
  pair.lq = augmented(lq.clone(), turn);
  pair.hq = augmented(hq.clone(), turn);
  if (sharpening) pair.hq_sharpened = augmented(sharpened_picture(hq, *sharpening), turn);
  return pair;
}

std::int64_t PairCut::bytes() const {
  const std::int64_t side = patch_size / scale;
  return 3 * (side * side + (sharpening ? 2 : 1) * patch_size * patch_size);
}

void check_sizes(const NamedSize& lq, const NamedSize& hq, const PairCut& cut) {
  if (hq.size.height != cut.scale * lq.size.height || hq.size.width != cut.scale * lq.size.width) {
    throw InputError(hq.name + " has " + size_text(hq.size) + ", which is not " +
                     std::to_string(cut.scale) + " times the " + size_text(lq.size) + " of " +
                     lq.name);
  }
  const std::int64_t side = cut.patch_size / cut.scale;
  if (lq.size.height >= side && lq.size.width >= side) return;
  throw InputError(lq.name + " has " + size_text(lq.size) + " and " + hq.name + " " +
                   size_text(hq.size) + ", less than a patch of " + size_text({side, side}) +
                   " and " + size_text({cut.patch_size, cut.patch_size}));
}

void check_size(const NamedSize& hq, const PairCut& cut) {
  if (hq.size.height >= cut.patch_size && hq.size.width >= cut.patch_size) return;
  throw InputError(hq.name + " has " + size_text(hq.size) + ", less than a patch of " +
                   size_text({cut.patch_size, cut.patch_size}));
}

void check_cut(const PairCut& cut) {
  check_range("scale", cut.scale, 1, 16);
  check_range("patch_size", cut.patch_size, 1, 1 << 14);
  if (cut.patch_size % cut.scale == 0) return;
  throw ConfigError("patch_size is " + std::to_string(cut.patch_size) +
                    ", but must be a multiple of the scale " + std::to_string(cut.scale));
}

void check_share(const EpochShare& share) {
  if (share.batches() > 0) return;
  throw ConfigError("an epoch has " + std::to_string(share.pairs) + " pairs, fewer than " +
                    std::to_string(share.world) + " processes take at a time (" +
                    std::to_string(share.batch_size) + " each)");
}

}  // namespace vcisr::data
