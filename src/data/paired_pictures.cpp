// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/paired_pictures.h"

#include <cmath>
#include <utility>

#include "data/pair_batches.h"
#include "data/pair_list.h"
#include "data/pair_options.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

PairCut cut_of(const PairedPicturesOptions& options) {
  check_common(options);
  PairCut cut{options.scale, options.patch_size, options.sharpening, options.augment};
  check_cut(cut);
  const double ratio = options.dataset_enlarge_ratio;
  if (!(ratio >= 1 && ratio <= 1e6)) {
    throw ConfigError("dataset_enlarge_ratio is " + std::to_string(ratio) +
                      ", but must be 1 to 1000000");
  }
  return cut;
}

/// What can be known without decoding.
void check_listed_sizes(const PairList& list, const PairCut& cut) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const StoredPicture& hq = list.hq(i);
    const StoredPicture& lq = list.lq(i);
    if (hq.size && lq.size) {
      check_sizes({lq.name, *lq.size}, {hq.name, *hq.size}, cut);
    } else if (hq.size) {
      check_size({hq.name, *hq.size}, cut);
    }
  }
}

degradation::PictureSize size_of(const torch::Tensor& picture) {
  return {picture.size(1), picture.size(2)};
}

}  // namespace

class PairedPictures::Impl {
 public:
  explicit Impl(const PairedPicturesOptions& options)
      : options_(options), cut_(cut_of(options)), list_(options.files) {
    check_listed_sizes(list_, cut_);
    const double pairs =
        std::ceil(static_cast<double>(list_.size()) * options.dataset_enlarge_ratio);
    share_ = {static_cast<std::int64_t>(pairs), options.batch_size, options.rank, options.world};
    check_share(share_);
  }

  [[nodiscard]] std::int64_t pairs() const { return static_cast<std::int64_t>(list_.size()); }
  [[nodiscard]] std::int64_t batches() const { return share_.batches(); }

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) {
    TORCH_CHECK(first_batch >= 0, "PairedPictures: first_batch must be 0 or more, not ",
                first_batch);
    epoch_.reset();  // Its threads use the order.
    const Rng rng =
        Rng(options_.seed).fork("paired_pictures").fork(static_cast<std::uint64_t>(epoch));
    order_.clear();
    if (options_.shuffle_pictures) order_ = rng.fork("order").permutation(share_.pairs);
    epoch_ = std::make_unique<PairBatches>(
        share_, first_batch, thread_count(options_.threads), cut_.bytes(),
        [this, rng = rng.fork("pair")](std::int64_t position) { return load(position, rng); });
  }

  std::optional<TrainingBatch> next() {
    TORCH_CHECK(epoch_ != nullptr, "PairedPictures: no epoch is running: start_epoch() first");
    try {
      return epoch_->next();
    } catch (...) {
      epoch_.reset();
      throw;
    }
  }

 private:
  [[nodiscard]] LoadedPair load(std::int64_t position, const Rng& rng) const {
    const std::int64_t number =
        order_.empty() ? position : order_[static_cast<std::size_t>(position)];
    const auto index = static_cast<std::size_t>(number) % list_.size();
    const torch::Tensor lq = list_.read_lq(index);
    const torch::Tensor hq = list_.read_hq(index);
    check_sizes({list_.lq(index).name, size_of(lq)}, {list_.hq(index).name, size_of(hq)}, cut_);
    LoadedPair pair = cut_.cut(lq, hq, rng.fork(static_cast<std::uint64_t>(number)));
    pair.name = list_.hq(index).name;
    return pair;
  }

  PairedPicturesOptions options_;
  PairCut cut_;
  PairList list_;
  EpochShare share_;
  std::vector<std::int64_t> order_;     // Empty: as listed.
  std::unique_ptr<PairBatches> epoch_;  // Last: its threads use the rest.
};

PairedPictures::PairedPictures(const PairedPicturesOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}
PairedPictures::~PairedPictures() = default;

std::int64_t PairedPictures::pairs() const noexcept { return impl_->pairs(); }
void PairedPictures::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  impl_->start_epoch(epoch, first_batch);
}
std::optional<TrainingBatch> PairedPictures::next() { return impl_->next(); }
std::optional<std::int64_t> PairedPictures::batches_per_epoch() const { return impl_->batches(); }

}  // namespace vcisr::data
