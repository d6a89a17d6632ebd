// SPDX-License-Identifier: Apache-2.0
#include "data/read_ahead.h"

#include <algorithm>
#include <utility>

#include "vcisr/core/error.h"

namespace vcisr::data {

ReadAhead::ReadAhead(WorkerPool& pool, Plan plan)
    : plan_(std::move(plan)), slots_(plan_.order.size()), tasks_(pool) {}

std::size_t ReadAhead::source_at(std::size_t place) const {
  return static_cast<std::size_t>(plan_.order[place]);
}

bool ReadAhead::is_film(std::size_t place) const {
  return (*plan_.files)[source_at(place)].kind == media::FileKind::kFilm;
}

bool ReadAhead::is_skipped(std::size_t place) const {
  return !skipped_.empty() && skipped_[source_at(place)];
}

void ReadAhead::start_reads() {
  const std::size_t end = std::min(head_ + plan_.most_ahead, slots_.size());
  std::vector<std::size_t> places;
  {
    const std::scoped_lock lock(mutex_);
    bool has_film = false;
    for (std::size_t place = head_; place < end; ++place) {
      if (is_skipped(place)) continue;
      const bool must_wait = is_film(place) && std::exchange(has_film, true);
      if (must_wait || slots_[place].state != State::kWaiting) continue;
      slots_[place].state = State::kReading;
      places.push_back(place);
    }
  }
  for (const std::size_t place : places) {
    tasks_.submit([this, place] { read(place); }, WorkerPool::Priority::kNormal);
  }
}

void ReadAhead::read(std::size_t place) {
  Slot& slot = slots_[place];
  ReadItem item;
  std::exception_ptr error;
  std::int64_t frames = 0;
  try {
    item = read_item(source_at(place), slot, frames);
  } catch (...) {
    error = std::current_exception();
  }
  const std::scoped_lock lock(mutex_);
  if (item.picture) ++counts_.pictures;
  counts_.frames += frames;
  slot.item = std::move(item);
  slot.error = std::move(error);
  slot.state = State::kReady;
  one_ready_.notify_all();
}

ReadItem ReadAhead::read_item(std::size_t source, Slot& slot, std::int64_t& frames) {
  ReadItem item;
  item.source = source;
  const media::InputFile& file = (*plan_.files)[source];
  if (file.kind == media::FileKind::kPicture) {
    try {
      item.picture = plan_.read_picture(file);
    } catch (const InputError& error) {
      item.damage = error.what();
    }
    return item;
  }
  if (!slot.film) slot.film = plan_.open_film(source);
  const std::int64_t before = slot.film->frames_read();
  item.segment = slot.film->read([this] { return tasks_.is_cancelled(); });
  frames = slot.film->frames_read() - before;
  if (!item.segment) {
    item.damage = slot.film->damage();
    item.is_used = slot.film->frames_read() > 0;
    item.is_left_out = slot.film->is_left_out();
    slot.film.reset();
  }
  return item;
}

std::optional<ReadItem> ReadAhead::next() {
  if (head_ == slots_.size()) return std::nullopt;
  start_reads();
  ReadItem item;
  if (is_skipped(head_)) {
    item.source = source_at(head_++);
    item.is_skipped = true;
    return item;
  }
  std::exception_ptr error;
  {
    std::unique_lock lock(mutex_);
    Slot& slot = slots_[head_];
    one_ready_.wait(lock, [&] { return is_cancelled_ || slot.state == State::kReady; });
    if (is_cancelled_) throw Interrupted();
    item = std::move(slot.item);
    error = std::move(slot.error);
    slot.state = State::kWaiting;
  }
  if (error) std::rethrow_exception(std::move(error));
  if (!item.segment) ++head_;  // A picture, or the end of a film.
  start_reads();
  return item;
}

void ReadAhead::cancel() {
  tasks_.cancel();
  const std::scoped_lock lock(mutex_);
  is_cancelled_ = true;
  one_ready_.notify_all();
}

ReadAhead::Counts ReadAhead::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace vcisr::data
