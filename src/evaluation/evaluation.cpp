// SPDX-License-Identifier: Apache-2.0
#include "vcisr/evaluation/evaluation.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#include <c10/util/Exception.h>

#include "evaluation/film_checks.h"
#include "evaluation/frame_window.h"
#include "evaluation/item_reader.h"
#include "evaluation/protocol.h"
#include "evaluation/sequence_scores.h"
#include "evaluation/worst_frames.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"

namespace vcisr::evaluation {
namespace {

/// What makes one item unmeasurable, in one sentence; all other exceptions go on. `where` stands in
/// front of what metrics say, which know no files.
std::string sentence_of(const std::exception_ptr& error, const std::string& where) {
  try {
    std::rethrow_exception(error);
  } catch (const MediaError& media_error) {
    return media_error.what();
  } catch (const c10::Error& metric_error) {
    return where + ": " + metric_error.what_without_backtrace();
  }
}

int thread_count(const EvaluationOptions& options) {
  if (options.threads > 0) return options.threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::vector<metrics::Column> columns_of(const std::vector<metrics::MetricPtr>& metrics) {
  std::vector<metrics::Column> columns;
  for (const auto& metric : metrics) {
    const auto& own = metric->info().columns;
    std::copy(own.begin(), own.end(), std::back_inserter(columns));
  }
  return columns;
}

void check_needs(const std::vector<EvaluationItem>& items,
                 const std::vector<metrics::MetricPtr>& metrics) {
  for (const auto& metric : metrics) {
    const auto& info = metric->info();
    for (const auto& item : items) {
      if (info.needs_reference && item.reference.empty()) {
        throw ConfigError(info.name + " compares with a reference, and none is given for " +
                          item.distorted.string());
      }
      if (info.needs_previous && item.kind == media::FileKind::kPicture) {
        throw ConfigError(info.name + " compares neighbouring frames of films, and " +
                          item.distorted.string() + " is a picture");
      }
      if (info.needs_compressed && item.compressed.empty()) {
        throw ConfigError(info.name +
                          " compares with the compressed source, and none is given for " +
                          item.distorted.string());
      }
    }
  }
}

metrics::Better ranked_direction(const std::vector<metrics::Column>& columns,
                                 const EvaluationOptions& options) {
  if (options.ranked_column >= columns.size()) {
    throw ConfigError("worst frames are chosen by one of " + std::to_string(columns.size()) +
                      " columns, not by number " + std::to_string(options.ranked_column));
  }
  return columns[options.ranked_column].better;
}

class Evaluation {
 public:
  Evaluation(const std::vector<EvaluationItem>& items,
             const std::vector<metrics::MetricPtr>& metrics, const EvaluationOptions& options,
             const EvaluationObserver& observer, const std::stop_token& stop)
      : items_(items),
        metrics_(metrics),
        options_(options),
        observer_(observer),
        stop_(stop),
        sums_(metrics.size()),
        worst_(options.worst_frames, ranked_direction(columns_of(metrics), options)),
        worst_of_film_(worst_),
        window_(metrics, thread_count(options), [this](FrameJob& job) { collect(job); }) {
    result_.columns = columns_of(metrics);
    result_.protocol = protocol_of(items, metrics, options);
    result_.ranked_column = options.ranked_column;
    for (const auto& metric : metrics) {
      needs_.planes = needs_.planes || metric->info().needs_planes;
      needs_.previous = needs_.previous || metric->info().needs_previous;
    }
  }

  Result run() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      begin(i);
      if (items_[i].kind == media::FileKind::kFilm) {
        run_film(i);
      } else {
        submit_picture(i);
      }
    }
    window_.finish();
    if (items_.size() > 1) result_.pooled = pooled_scores(metrics_, sums_);
    result_.worst = worst_.take();
    return std::move(result_);
  }

 private:
  void begin(std::size_t index) {
    const auto& item = items_[index];
    auto& sequence = result_.sequences.emplace_back();
    sequence.name = item.name;
    sequence.distorted = item.distorted.string();
    sequence.reference = item.reference.string();
    sequence.compressed = item.compressed.string();
    sequence.is_film = item.kind == media::FileKind::kFilm;
    scores_.push_back(std::make_unique<SequenceScores>(metrics_));
  }

  void submit_picture(std::size_t index) {
    check_stop();
    const auto& item = items_[index];
    if (observer_.on_start) observer_.on_start(item, 1);
    FrameJob job;
    job.sequence = index;
    job.load = [&item, this] { return read_pictures(item, options_); };
    window_.submit(std::move(job));
  }

  void run_film(std::size_t index) {
    try {
      FilmSet film(items_[index], options_, needs_);
      result_.sequences[index].notes = film.notes();
      alignment_ = AlignmentCheck();
      if (observer_.on_start) observer_.on_start(items_[index], frames_to_measure(film));
      submit_frames(index, film);
      window_.finish();
      for (const auto& sentence : film.stop()) note(index, sentence);
      end(index);
    } catch (const MediaError&) {
      abandon(index, std::current_exception());
    } catch (const c10::Error&) {
      abandon(index, std::current_exception());
    }
  }

  [[nodiscard]] std::optional<std::int64_t> frames_to_measure(const FilmSet& film) const {
    const auto frames = film.info().frame_count;
    if (!frames) return std::nullopt;
    return (*frames + options_.subsample - 1) / options_.subsample;
  }

  /// A film that cannot be measured to its end.
  void abandon(std::size_t index, const std::exception_ptr& error) {
    fail(index, sentence_of(error, result_.sequences[index].distorted));
    if (result_.sequences[index].is_film) window_.finish();
    end(index);
  }

  void submit_frames(std::size_t index, FilmSet& film) {
    const double period_s = film.period_s();
    for (std::int64_t frame = 0; !has_failed(index); ++frame) {
      check_stop();
      auto frames = film.next();
      if (!frames) return;
      alignment_.compare_times(frame, frames->distorted_s, frames->reference_s, period_s);
      if (frame % options_.subsample != 0) continue;
      FrameJob job;
      job.sequence = index;
      job.frame = frame;
      job.comparison = std::move(frames->comparison);
      window_.submit(std::move(job));
    }
  }

  /// The window's frames come here in order.
  void collect(FrameJob& job) {
    const bool is_film = result_.sequences[job.sequence].is_film;
    if (job.error) {
      const auto& path = result_.sequences[job.sequence].distorted;
      const auto where = is_film ? path + ": frame " + std::to_string(job.frame) : path;
      fail(job.sequence, sentence_of(job.error, where));
    }
    if (is_film) {
      if (!has_failed(job.sequence)) add(job);
    } else {
      finish_picture(job);
    }
    ++measured_;
    if (observer_.on_frame) observer_.on_frame(measured_);
  }

  void finish_picture(const FrameJob& job) {
    try {
      if (!has_failed(job.sequence)) add(job);
      end(job.sequence);
    } catch (const c10::Error&) {
      abandon(job.sequence, std::current_exception());
    }
  }

  void add(const FrameJob& job) {
    const auto& comparison = job.comparison;
    scores_[job.sequence]->add(job);
    if (result_.sequences[job.sequence].is_film && comparison.reference &&
        options_.subsample == 1) {
      alignment_.compare_looks(*comparison.distorted, *comparison.reference);
    }
    // A film may still fail.
    auto& worst = result_.sequences[job.sequence].is_film ? worst_of_film_ : worst_;
    worst.offer(job.sequence, job.frame, ranked_value(job), comparison);
  }

  /// NaN for a metric that gives its numbers at the end of the film.
  [[nodiscard]] double ranked_value(const FrameJob& job) const {
    std::size_t first = 0;
    for (std::size_t m = 0; m < metrics_.size(); ++m) {
      const std::size_t columns = metrics_[m]->info().columns.size();
      const std::size_t within = options_.ranked_column - first;
      if (within < columns) {
        return within < job.scores[m].values.size() ? job.scores[m].values[within] : std::nan("");
      }
      first += columns;
    }
    return std::nan("");
  }

  void end(std::size_t index) {
    auto& sequence = result_.sequences[index];
    const auto scores = std::exchange(scores_[index], nullptr);
    const auto worst = std::exchange(worst_of_film_, empty_worst());
    if (has_failed(index)) return;
    const auto sums = scores->finish(sequence);
    for (std::size_t m = 0; m < sums.size(); ++m) add_terms(sums_[m], sums[m]);
    worst_.merge(worst);
    if (!sequence.is_film) return;
    for (const auto& finding : alignment_.findings()) {
      note(index, sequence.distorted + ": " + finding);
    }
  }

  [[nodiscard]] WorstFrames empty_worst() const {
    return {options_.worst_frames, ranked_direction(result_.columns, options_)};
  }

  void note(std::size_t index, const std::string& sentence) {
    result_.sequences[index].notes.push_back(sentence);
    log::warn(sentence);
  }

  [[nodiscard]] bool has_failed(std::size_t index) const {
    return result_.sequences[index].error.has_value();
  }

  void fail(std::size_t index, const std::string& sentence) {
    auto& error = result_.sequences[index].error;
    if (!error) error = sentence;
  }

  void check_stop() const {
    if (stop_.stop_requested()) throw Interrupted();
  }

  const std::vector<EvaluationItem>& items_;
  const std::vector<metrics::MetricPtr>& metrics_;
  const EvaluationOptions& options_;
  const EvaluationObserver& observer_;
  const std::stop_token& stop_;
  FilmNeeds needs_;
  Result result_;
  std::vector<std::unique_ptr<SequenceScores>> scores_;  ///< Null for items that are done.
  PoolingSums sums_;
  AlignmentCheck alignment_;  ///< Of the film that is being read.
  WorstFrames worst_;
  WorstFrames worst_of_film_;  ///< Of the film that is being read.
  std::int64_t measured_ = 0;
  FrameWindow window_;  // Last: its workers end first.
};

}  // namespace

Result evaluate(const std::vector<EvaluationItem>& items,
                const std::vector<metrics::MetricPtr>& metrics, const EvaluationOptions& options,
                const EvaluationObserver& observer, const std::stop_token& stop) {
  if (items.empty()) throw InputError("there is nothing to measure");
  if (metrics.empty()) throw ConfigError("there is no metric to measure with");
  if (options.subsample < 1) {
    throw ConfigError("subsample: " + std::to_string(options.subsample) + " is below 1");
  }
  check_needs(items, metrics);
  return Evaluation(items, metrics, options, observer, stop).run();
}

}  // namespace vcisr::evaluation
