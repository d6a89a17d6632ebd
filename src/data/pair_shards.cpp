// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/pair_shards.h"

#include <algorithm>
#include <utility>

#include "data/pair_batches.h"
#include "data/pair_options.h"
#include "data/shard_head.h"
#include "data/shard_window.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

/// Which pair stands at which place of an epoch.
class ShardOrder {
 public:
  ShardOrder(const std::vector<ShardHead>& heads, const Rng& rng, bool is_shuffled) {
    const auto count = static_cast<std::int64_t>(heads.size());
    std::int64_t pairs = 0;
    for (const std::int64_t place : order_of(count, rng.fork("shards"), is_shuffled)) {
      const auto shard = static_cast<std::size_t>(place);
      shards_.push_back(shard);
      starts_.push_back(pairs);
      pairs += heads[shard].pairs;
      orders_.push_back(order_of(heads[shard].pairs, rng.fork("pairs").fork(shard), is_shuffled));
    }
  }

  struct Place {
    std::size_t place = 0;  ///< Of the shard, in the epoch.
    std::int64_t pair = 0;  ///< Of the shard.
  };
  [[nodiscard]] Place at(std::int64_t position) const {
    const auto behind = std::upper_bound(starts_.begin(), starts_.end(), position);
    const auto place = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    return {place, orders_[place][static_cast<std::size_t>(position - starts_[place])]};
  }
  [[nodiscard]] std::size_t shard(std::size_t place) const { return shards_[place]; }

 private:
  static std::vector<std::int64_t> order_of(std::int64_t count, Rng rng, bool is_shuffled) {
    if (is_shuffled) return rng.permutation(count);
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < count; ++i) order.push_back(i);
    return order;
  }

  std::vector<std::size_t> shards_;  // By place, as the others.
  std::vector<std::int64_t> starts_;
  std::vector<std::vector<std::int64_t>> orders_;
};

PairCut cut_of(const PairShardsOptions& options, const std::vector<ShardHead>& heads) {
  PairCut cut{options.scale, options.patch_size.value_or(options.scale), options.sharpening,
              options.augment};
  check_cut(cut);
  const ShardHead& first = heads.front();
  if (options.augment.use_rot && !options.patch_size && first.hq.height != first.hq.width) {
    throw ConfigError(first.path +
                      ": rows and columns of pairs that are not square cannot be exchanged "
                      "(use_rot) without a patch size (gt_size)");
  }
  for (const ShardHead& head : heads) {
    if (options.patch_size) {
      check_sizes({head.path + " (its lq)", head.lq}, {head.path + " (its hq)", head.hq}, cut);
    } else if (head.hq != first.hq) {
      throw InputError(head.path + " and " + first.path +
                       " hold pairs of unequal sizes: a patch size (gt_size) must be given");
    }
  }
  return cut;
}

}  // namespace

class PairShards::Impl {
 public:
  explicit Impl(const PairShardsOptions& options) : options_(options) {
    check_common(options);
    check_range("scale", options.scale, 1, 16);
    for (const std::string& path : list_shards(options.sources)) {
      heads_.push_back(read_shard_head(path, options.scale));
      firsts_.push_back(pairs_);
      pairs_ += heads_.back().pairs;
    }
    cut_ = cut_of(options, heads_);
    share_ = {pairs_, options.batch_size, options.rank, options.world};
    check_share(share_);
  }
  ~Impl() { end_epoch(); }

  [[nodiscard]] std::int64_t pairs() const { return pairs_; }
  [[nodiscard]] std::int64_t batches() const { return share_.batches(); }

  void start_epoch(std::int64_t epoch, std::int64_t first_batch) {
    TORCH_CHECK(first_batch >= 0, "PairShards: first_batch must be 0 or more, not ", first_batch);
    end_epoch();
    const Rng rng = Rng(options_.seed).fork("pair_shards").fork(static_cast<std::uint64_t>(epoch));
    order_.emplace(heads_, rng.fork("order"), options_.shuffle);
    std::vector<std::int64_t> uses(heads_.size(), 0);
    const std::int64_t left = share_.pairs_from(first_batch);
    for (std::int64_t i = 0; i < left; ++i) {
      ++uses[order_->at(share_.position(first_batch * share_.batch_size + i)).place];
    }
    window_.emplace(std::move(uses),
                    [this](std::size_t place) { return read_shard(heads_[order_->shard(place)]); });
    const degradation::PictureSize& hq = heads_.front().hq;
    const std::int64_t bytes = options_.patch_size ? cut_.bytes() : 9 * hq.height * hq.width;
    epoch_ = std::make_unique<PairBatches>(
        share_, first_batch, thread_count(options_.threads), bytes,
        [this, rng = rng.fork("pair")](std::int64_t position) { return load(position, rng); });
  }

  std::optional<TrainingBatch> next() {
    TORCH_CHECK(epoch_ != nullptr, "PairShards: no epoch is running: start_epoch() first");
    try {
      return epoch_->next();
    } catch (...) {
      end_epoch();
      throw;
    }
  }

 private:
  void end_epoch() {
    if (window_) window_->cancel();  // So that nobody waits for a shard.
    epoch_.reset();
    window_.reset();
  }

  [[nodiscard]] LoadedPair load(std::int64_t position, const Rng& rng) {
    const ShardOrder::Place at = order_->at(position);
    const std::size_t shard = order_->shard(at.place);
    const std::int64_t number = firsts_[shard] + at.pair;
    LoadedPair pair;
    window_->use(at.place, [&](const ShardSamples& samples) {
      const Rng own = rng.fork(static_cast<std::uint64_t>(number));
      pair = options_.patch_size ? cut_.cut(samples.lq[at.pair], samples.hq[at.pair], own)
                                 : cut_.whole(samples.lq[at.pair], samples.hq[at.pair], own);
    });
    pair.name = heads_[shard].path + ": pair " + std::to_string(at.pair);
    return pair;
  }

  PairShardsOptions options_;
  std::vector<ShardHead> heads_;
  std::vector<std::int64_t> firsts_;  // Number of each shard's first pair.
  std::int64_t pairs_ = 0;
  PairCut cut_;
  EpochShare share_;
  std::optional<ShardOrder> order_;
  std::optional<ShardWindow> window_;
  std::unique_ptr<PairBatches> epoch_;  // Last: its threads use the rest.
};

PairShards::PairShards(const PairShardsOptions& options) : impl_(std::make_unique<Impl>(options)) {}
PairShards::~PairShards() = default;

std::int64_t PairShards::pairs() const noexcept { return impl_->pairs(); }
void PairShards::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  impl_->start_epoch(epoch, first_batch);
}
std::optional<TrainingBatch> PairShards::next() { return impl_->next(); }
std::optional<std::int64_t> PairShards::batches_per_epoch() const { return impl_->batches(); }

}  // namespace vcisr::data
