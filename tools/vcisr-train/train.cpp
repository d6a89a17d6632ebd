// SPDX-License-Identifier: Apache-2.0
#include "vcisr-train/train.h"

#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/progress.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/trainers/training.h"

namespace vcisr::tools {
namespace {

using trainers::TrainingJob;

TrainingJob make_job(const TrainArguments& a, const std::string& command) {
  const auto unknown = a.lenient ? Config::Unknown::kWarn : Config::Unknown::kError;
  auto settings = a.settings;
  settings.insert(settings.end(), a.more_settings.begin(), a.more_settings.end());
  auto config = trainers::load_train_config(a.config, settings, unknown);
  auto options = a.test ? trainers::read_test_options(config)
                        : trainers::read_train_options(config, a.debug ? trainers::DebugMode::kOn
                                                                       : trainers::DebugMode::kOff);
  TrainingJob job{.config = std::move(config), .options = std::move(options)};
  job.resume = a.auto_resume ? trainers::Resume::kIfPossible : trainers::Resume::kNever;
  job.resume_state = a.resume;
  job.config_name = std::filesystem::path(a.config).filename().string();
  job.command = command;
  return job;
}

/// The other processes of this training, if it was started as several.
void join_group(const TrainArguments& a, TrainingJob& job) {
  const auto place =
      trainers::find_process_place(trainers::parse_launcher(a.launcher),
                                   trainers::process_environment(), job.options.rendezvous_port);
  job.device = trainers::training_device(job.options, place.local_rank);
  if (place.world == 1) return;
  trainers::ProcessGroupOptions options{.device = job.device};
  // BasicSR's files say nccl, wherever they are run.
  if (!job.device.is_cpu())
    options.backend = trainers::parse_collective_backend(job.options.collective_backend);
  job.group = trainers::connect_process_group(place, options);
}

bool is_main(const TrainingJob& job) { return job.group == nullptr || job.group->is_main(); }

nlohmann::ordered_json numbers(const trainers::NamedNumbers& named) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : named) json[name] = value;
  return json;
}

std::string size_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

void print_check(const trainers::TrainingCheck& check) {
  std::printf("network     %s, %lld parameters\n", check.network.c_str(),
              static_cast<long long>(check.parameters));
  std::printf("device      %s\n", check.device.c_str());
  std::printf("batch       lq %s, hq %s, there after %.2f s\n", size_text(check.lq_shape).c_str(),
              size_text(check.hq_shape).c_str(), check.data_seconds);
  std::printf("one step    %.2f s\n", check.step_seconds);
  for (const auto& [name, value] : check.losses) {
    std::printf("            %s %.6g\n", name.c_str(), value);
  }
  for (const auto& name : check.validation_sets) std::printf("validation  %s\n", name.c_str());
}

void print_points(const std::vector<trainers::ValidationPoint>& points) {
  for (const auto& point : points) {
    std::string line = point.dataset;
    for (const auto& [name, value] : point.metrics) {
      std::array<char, 64> text{};
      std::snprintf(text.data(), text.size(), "  %s %.4f", name.c_str(), value);
      line += text.data();
    }
    std::printf("%s\n", line.c_str());
  }
}

/// What a run writes to --report.
void write_report(const TrainArguments& a, const nlohmann::ordered_json& json) {
  if (a.report.empty()) return;
  const std::string text = json.dump(2) + "\n";
  write_file(a.report, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
             AtomicFile::Existing::kReplace);
}

nlohmann::ordered_json validation_json(const std::vector<trainers::ValidationPoint>& points) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& point : points) json[point.dataset] = numbers(point.metrics);
  return json;
}

int run(const TrainArguments& a, const TrainingJob& job, const std::stop_token& stop) {
  Progress progress(is_main(job) ? progress_style(a) : ProgressStyle::kNone,
                    {.things = "steps", .rate = "steps/s", .rate_key = "steps_per_s"});
  std::int64_t first = 0;
  trainers::TrainingObserver observer;
  observer.on_begin = [&](std::int64_t begin, std::int64_t total) {
    first = begin;
    progress.start(job.options.name, total - begin);
  };
  observer.on_step = [&](std::int64_t completed) { progress.update(completed - first); };
  nlohmann::ordered_json report = {{"experiment", job.options.name}};
  int code = kOk;
  try {
    const auto summary = trainers::run_training(job, observer, stop);
    progress.finish();
    report["steps"] = summary.steps;
    report["first_step"] = summary.first_step;
    report["skipped_steps"] = summary.skipped_steps;
    report["seconds"] = summary.seconds;
    report["folder"] = summary.folder.string();
    report["validation"] = validation_json(summary.validation);
    if (is_main(job)) {
      log::info(std::to_string(summary.steps) + " steps done: " + summary.folder.string());
    }
  } catch (const std::exception&) {
    code = exit_code_of(std::current_exception());
    report["error"] = message_of(std::current_exception());
    report["exit_code"] = code;
    if (is_main(job)) write_report(a, report);
    throw;
  }
  report["exit_code"] = code;
  if (is_main(job)) write_report(a, report);
  return code;
}

}  // namespace

int train(const TrainArguments& a, const std::string& command, const std::stop_token& stop) {
  check_arguments(a);
  set_log_level(a);
  if (!a.log_file.empty()) log::add_file(a.log_file);
  auto job = make_job(a, command);
  if (a.print_config) {
    std::fputs(trainers::config_in_effect(job).c_str(), stdout);
    return kOk;
  }
  if (a.dump_degraded) {
    const std::string folder = a.output.empty() ? "degraded_" + job.options.name : a.output;
    const auto written = trainers::dump_pairs(job, *a.dump_degraded, folder, stop);
    log::info(std::to_string(written) + " pairs in " + folder);
    return kOk;
  }
  join_group(a, job);
  if (a.check) {
    const auto check = trainers::check_training(job);
    if (is_main(job)) print_check(check);
    return kOk;
  }
  if (a.test) {
    const auto points = trainers::run_test(job, stop);
    if (is_main(job)) {
      print_points(points);
      write_report(a, {{"experiment", job.options.name}, {"sets", validation_json(points)}});
    }
    return kOk;
  }
  return run(a, job, stop);
}

}  // namespace vcisr::tools
