// SPDX-License-Identifier: Apache-2.0
#include "data/epoch_skip.h"

#include <algorithm>
#include <utility>

namespace vcisr::data {

EpochSkip::EpochSkip(const EpochRules& rules, std::int64_t pairs_taken)
    : rules_(rules),
      left_(pairs_taken),
      shuffle_(rules.shuffle_buffer, rules.shuffle),
      pending_size_(rules.first_batch_size),
      items_(rules.sources),
      is_passed_(rules.sources, false) {}

void EpochSkip::add(ReadItem item) {
  const std::size_t source = item.source;
  if (item.picture) add_picture(item);
  if (item.segment) add_segment(item);
  if (!item.segment) is_passed_[source] = true;
  items_[source].push_back(std::move(item));
  if (left_ == 0) decide();
}

void EpochSkip::add_picture(const ReadItem& item) {
  const auto area = grid_area(item.picture->size, rules_.patch_size, rules_.small_pictures);
  if (!area) return;
  const std::size_t patches = grid_crops(*area, rules_.patch_size, {}).size();
  for (std::size_t i = 0; i < patches; ++i) {
    pending_.push_back(item.source);
    if (pending_.size() < pending_size_) continue;
    close_batch(std::exchange(pending_, {}));
    pending_size_ = rules_.batch_size;
  }
}

void EpochSkip::add_segment(const ReadItem& item) {
  const std::vector<std::size_t> frames(item.segment->frames, item.source);
  for (std::size_t cell = 0; cell < item.segment->cells.size(); ++cell) close_batch(frames);
}

void EpochSkip::close_batch(const std::vector<std::size_t>& patches) {
  first_pair_.push_back(pairs_);
  needed_.push_back(static_cast<std::int64_t>(patches.size()));
  std::vector<std::size_t> sources = patches;
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  batch_of_.push_back(std::move(sources));
  for (std::size_t i = 0; i < patches.size(); ++i) {
    std::int64_t pair = pairs_++;
    if (left_ > 0 && shuffle_.exchange(pair)) mark_taken(pair);
  }
}

void EpochSkip::mark_taken(std::int64_t pair) {
  --left_;
  const auto behind = std::upper_bound(first_pair_.begin(), first_pair_.end(), pair);
  --needed_[static_cast<std::size_t>(behind - first_pair_.begin()) - 1];
}

void EpochSkip::end() {
  if (is_decided_) return;
  if (!pending_.empty()) close_batch(std::exchange(pending_, {}));
  while (left_ > 0 && !shuffle_.is_empty()) mark_taken(shuffle_.take());
  decide();
}

void EpochSkip::decide() {
  is_decided_ = true;
  for (std::size_t batch = 0; batch < needed_.size(); ++batch) {
    if (needed_[batch] == 0) continue;
    for (const std::size_t source : batch_of_[batch]) is_passed_[source] = false;
  }
  for (const std::size_t source : pending_) is_passed_[source] = false;
}

bool EpochSkip::is_needed(std::int64_t batch) const {
  const auto index = static_cast<std::size_t>(batch);
  return index >= needed_.size() || needed_[index] > 0;
}

}  // namespace vcisr::data
