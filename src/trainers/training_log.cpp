// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_log.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "trainers/append_file.h"
#include "trainers/metrics_file.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/trainers/event_file.h"

namespace vcisr::trainers {
namespace {

double wall_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

/// The metrics' file, ready to go on.
std::filesystem::path prepared(const TrainingLogOptions& options) {
  const auto folder = options.metrics_path.parent_path();
  make_folder(folder);
  keep_metrics_to(options.metrics_path, options.resume_step);
  return options.metrics_path;
}

NamedNumbers event_values(const LogPoint& point) {
  NamedNumbers values;
  for (const auto& [name, number] : point.losses) values.emplace_back("losses/" + name, number);
  values.insert(values.end(), point.others.begin(), point.others.end());
  if (!point.learning_rates.empty()) values.emplace_back("lr", point.learning_rates[0]);
  if (point.learning_rates.size() > 1) values.emplace_back("lr_d", point.learning_rates[1]);
  values.emplace_back("time", point.step_seconds);
  values.emplace_back("data_time", point.data_seconds);
  return values;
}

std::string format_validation(const ValidationPoint& point) {
  std::string line = "validation at " + std::to_string(point.step) + ", " + point.dataset + ":";
  for (const auto& [name, number] : point.metrics) {
    char text[48];
    std::snprintf(text, sizeof text, " %.4f", number);
    line += " " + name + text;
  }
  return line;
}

}  // namespace

class TrainingLog::Impl {
 public:
  explicit Impl(TrainingLogOptions given) : options(std::move(given)), metrics(prepared(options)) {
    if (options.event_folder.empty()) return;
    std::optional<std::int64_t> resume_step;
    if (options.resume_step > 0) resume_step = options.resume_step;
    events.emplace(options.event_folder, resume_step);
  }

  TrainingLogOptions options;
  AppendFile metrics;
  std::optional<EventFile> events;
};

TrainingLog::TrainingLog(TrainingLogOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

TrainingLog::~TrainingLog() = default;

void TrainingLog::add(const LogPoint& point) {
  log::info(format_log_line(impl_->options.experiment, point));
  impl_->metrics.append(metrics_line(point, wall_seconds()));
  if (!impl_->events) return;
  impl_->events->add_scalars(event_values(point), point.step);
  impl_->events->flush();
}

void TrainingLog::add(const ValidationPoint& point) {
  log::info(format_validation(point));
  impl_->metrics.append(metrics_line(point, wall_seconds()));
  if (!impl_->events) return;
  NamedNumbers values;
  for (const auto& [name, number] : point.metrics) {
    values.emplace_back("metrics/" + point.dataset + "/" + name, number);
  }
  impl_->events->add_scalars(values, point.step);
  impl_->events->flush();
}

void TrainingLog::add_image(const std::string& tag, const torch::Tensor& rgb, std::int64_t step) {
  if (!impl_->events) return;
  impl_->events->add_image(tag, rgb, step);
  impl_->events->flush();
}

void TrainingLog::add_text(const std::string& tag, const std::string& text, std::int64_t step) {
  if (!impl_->events) return;
  impl_->events->add_text(tag, text, step);
  impl_->events->flush();
}

const std::filesystem::path& TrainingLog::metrics_path() const noexcept {
  return impl_->options.metrics_path;
}

}  // namespace vcisr::trainers
