// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/progress.h"
#include "vcisr-eval/fit_niqe.h"
#include "vcisr-eval/metric_list.h"
#include "vcisr-eval/outputs.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"
#include "vcisr/core/version.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::tools {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm fields{};
  ::gmtime_r(&now, &fields);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields);
  return text;
}

/// Columns of the terminal; a file or a pipe gets 120.
int output_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 120;
}

evaluation::ReportHead head_of(const EvalArguments& a) {
  evaluation::ReportHead head;
  head.title = "vcisr-eval: " + a.distorted;
  if (!a.reference.empty()) head.title += " against " + a.reference;
  head.program = std::string("vcisr ") + std::string(version());
  head.command = a.command;
  head.time = utc_now();
  return head;
}

std::size_t ranked_column(const EvalArguments& a, const std::vector<metrics::MetricPtr>& metrics) {
  std::vector<std::string> names;
  for (const auto& metric : metrics) {
    for (const auto& column : metric->info().columns) names.push_back(column.name);
  }
  if (a.rank_by.empty()) return 0;
  const auto found = std::find(names.begin(), names.end(), a.rank_by);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw ConfigError("--rank-by '" + a.rank_by + "' is not one of the columns " + join(names) +
                    did_you_mean(a.rank_by, names));
}

/// One item's failure is the program's; of several each is told, and all numbers that there are.
int finish(const evaluation::Result& result) {
  if (result.sequences.size() == 1) {
    if (result.sequences.front().error) throw InputError(*result.sequences.front().error);
    return kOk;
  }
  bool any_failed = false;
  for (const auto& sequence : result.sequences) {
    if (!sequence.error) continue;
    any_failed = true;
    log::error(*sequence.error);
  }
  return any_failed ? kSomeFailed : kOk;
}

/// Frames of films, pictures of folders.
class ProgressOfItems {
 public:
  ProgressOfItems(const EvalArguments& a, const std::vector<evaluation::EvaluationItem>& items)
      : progress_(progress_style(a)) {
    const bool has_films = std::any_of(items.begin(), items.end(), [](const auto& item) {
      return item.kind == media::FileKind::kFilm;
    });
    if (!has_films) {
      progress_ = Progress(progress_style(a), {"pictures", "per s", "pictures_per_s"});
      progress_.start(a.distorted, static_cast<std::int64_t>(items.size()));
    }
    counts_films_ = has_films;
  }

  evaluation::EvaluationObserver observer() {
    evaluation::EvaluationObserver observer;
    observer.on_start = [this](const evaluation::EvaluationItem& item,
                               std::optional<std::int64_t> frames) {
      if (!counts_films_) return;
      before_ = done_;
      progress_.start(item.distorted.string(), frames);
    };
    observer.on_frame = [this](std::int64_t frames) {
      done_ = frames;
      progress_.update(frames - before_);
    };
    return observer;
  }

  void finish() { progress_.finish(); }

 private:
  Progress progress_;
  bool counts_films_ = false;
  std::int64_t done_ = 0;
  std::int64_t before_ = 0;
};

}  // namespace

int evaluate(const EvalArguments& a, const std::stop_token& stop) {
  set_log_level(a);
  if (!a.log_file.empty()) log::add_file(a.log_file);
  if (a.list_metrics) {
    print_metrics();
    return kOk;
  }
  check_arguments(a);
  const auto pairing =
      evaluation::pair_inputs(a.distorted, a.reference, a.compressed, pairing_options(a));
  if (!a.fit_niqe.empty()) return fit_niqe(a, pairing.items, stop);
  const auto metrics = make_metrics(a, pairing.items);
  auto options = evaluation_options(a);
  options.ranked_column = ranked_column(a, metrics);
  EvalOutputs outputs(a, pairing.items);
  if (!outputs.show_worst_frames()) options.worst_frames = 0;
  ProgressOfItems progress(a, pairing.items);
  auto result = evaluation::evaluate(pairing.items, metrics, options, progress.observer(), stop);
  progress.finish();
  result.protocol.insert(result.protocol.begin(), pairing.protocol.begin(), pairing.protocol.end());
  const bool is_lost = result.sequences.size() == 1 && result.sequences.front().error;
  if (!is_lost) {
    if (!outputs.use_standard_output()) {
      print(evaluation::table_report(result, {.width = output_width()}));
    }
    outputs.write(result, head_of(a));
  }
  return finish(result);
}

}  // namespace vcisr::tools
