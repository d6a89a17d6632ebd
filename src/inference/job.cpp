// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/job.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "inference/pipeline.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"

namespace vcisr::inference {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Whose mistake it is: the item's (the rest can go on) or the whole job's.
bool concerns_one_item(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Interrupted&) {
    return false;
  } catch (const DeviceError&) {
    return false;
  } catch (...) {
    return true;
  }
}

class Job {
 public:
  Job(const Plan& plan, Restorer& restorer, const JobOptions& options, const JobObserver& observer,
      std::stop_token stop)
      : plan_(plan),
        restorer_(restorer),
        options_(options),
        observer_(observer),
        stop_(std::move(stop)) {}

  std::vector<ItemResult> run() {
    make_folders();
    // Pictures that follow each other go through one pipeline; films have stages of their own.
    for (std::size_t i = 0; i < plan_.items.size();) {
      if (stop_.stop_requested()) throw Interrupted();
      std::size_t end = i;
      while (end < plan_.items.size() && plan_.items[end].kind == InputKind::kImage) ++end;
      if (end > i) {
        run_pictures(i, end);
        i = end;
      } else {
        run_film(i++);
      }
    }
    return std::move(results_);
  }

 private:
  /// A picture on its way; `error` is set by the stage that failed and the later ones pass it on.
  struct Picture {
    ItemResult result;
    media::Image image;
    Clock::time_point start;
  };

  void make_folders() const {
    if (options_.discard_output) return;
    for (const auto& folder : plan_.folders) make_folder(folder);
  }

  void started(std::size_t index, std::optional<std::int64_t> frames) const {
    if (observer_.on_start) {
      observer_.on_start(plan_.items[index], index, plan_.items.size(), frames);
    }
  }

  void done(ItemResult result) {
    if (observer_.on_done) observer_.on_done(result);
    results_.push_back(std::move(result));
  }

  template <class Work>
  void guarded(ItemResult& result, Work work) const {
    if (result.error) return;
    try {
      work();
    } catch (...) {
      result.error = std::current_exception();
      if (!plan_.is_folder_job || !concerns_one_item(result.error)) throw;
    }
  }

  void run_pictures(std::size_t begin, std::size_t end) {
    std::size_t next = begin;
    std::size_t shown = begin;
    Pipeline<Picture, Picture> pipeline(
        [&]() -> std::optional<Picture> {
          if (next == end) return std::nullopt;
          Picture picture;
          picture.start = Clock::now();
          picture.result.item = plan_.items[next++];
          guarded(picture.result, [&] { load(picture); });
          return picture;
        },
        [&](Picture picture, std::size_t) {
          guarded(picture.result,
                  [&] { picture.image = restore_image(picture.image, restorer_, options_.image); });
          return picture;
        },
        [&](Picture picture) {
          started(shown++, 1);
          guarded(picture.result, [&] { save(picture); });
          picture.result.seconds = seconds_since(picture.start);
          if (observer_.on_frames) observer_.on_frames(1);
          done(std::move(picture.result));
        },
        {.workers = 1, .queue_depth = 1});
    (void)pipeline.run(stop_);
  }

  void load(Picture& picture) const {
    picture.image = media::read_image(picture.result.item.input);
    picture.result.input_width = picture.image.width;
    picture.result.input_height = picture.image.height;
    if (options_.discard_output) return;
    // What the output's kind cannot hold is told before the network runs.
    media::Image form;
    form.width = restorer_.output_size(picture.image.width);
    form.height = restorer_.output_size(picture.image.height);
    form.channels = picture.image.channels;
    form.bit_depth =
        options_.image.bit_depth == 0 ? picture.image.bit_depth : options_.image.bit_depth;
    media::check_image_fits(picture.result.item.output, form);
  }

  void save(Picture& picture) const {
    auto& result = picture.result;
    result.output_width = picture.image.width;
    result.output_height = picture.image.height;
    if (options_.discard_output) return;
    result.notes = media::losses_when_written(result.item.output, picture.image);
    media::write_image(result.item.output, picture.image, options_.image_write);
  }

  void run_film(std::size_t index) {
    ItemResult result;
    result.item = plan_.items[index];
    const auto start = Clock::now();
    guarded(result, [&] { restore(index, result); });
    result.seconds = seconds_since(start);
    done(std::move(result));
  }

  void restore(std::size_t index, ItemResult& result) {
    const auto& item = result.item;
    const auto source = item.kind == InputKind::kSequence
                            ? open_sequence(item.input, options_.sequence_rate)
                            : open_film(item.input, options_.decoder);
    const auto& info = source->info();
    const FrameSize size = restored_size(info, restorer_);
    const auto sink = open_sink(item, info, size);
    for (const auto& note : info.notes) result.notes.push_back(note);
    for (const auto& note : sink->notes()) result.notes.push_back(note);
    for (const auto& note : result.notes) log::info(item.input + ": " + note);
    result.encoder = sink->description();
    result.input_width = info.width;
    result.input_height = info.height;
    const bool turned = sink->quarter_turns() % 2 == 1;
    result.output_width = turned ? size.height : size.width;
    result.output_height = turned ? size.width : size.height;

    started(index, info.frame_count);
    FilmOptions film = options_.film;
    film.stop = stop_;
    film.on_progress = observer_.on_frames;
    result.film = restore_film(*source, restorer_, *sink, film);
  }

  [[nodiscard]] std::unique_ptr<FrameSink> open_sink(const WorkItem& item,
                                                     const media::VideoInfo& info,
                                                     const FrameSize& size) const {
    if (options_.discard_output) return create_null_sink(info);
    if (!is_sequence_pattern(item.output)) {
      return create_film(item.output, info, options_.decoder, size, options_.film_sink);
    }
    const int wanted = options_.image.bit_depth;
    const int bits = wanted != 0 ? wanted : (info.format.bit_depth > 8 ? 16 : 8);
    return create_sequence(item.output, info, bits, options_.image_write);
  }

  const Plan& plan_;
  Restorer& restorer_;
  const JobOptions& options_;
  const JobObserver& observer_;
  std::stop_token stop_;
  std::vector<ItemResult> results_;
};

}  // namespace

std::vector<ItemResult> run_job(const Plan& plan, Restorer& restorer, const JobOptions& options,
                                const JobObserver& observer, std::stop_token stop) {
  return Job(plan, restorer, options, observer, std::move(stop)).run();
}

}  // namespace vcisr::inference
