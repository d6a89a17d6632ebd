// SPDX-License-Identifier: Apache-2.0
#include "vcisr-infer/infer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "common/progress.h"
#include "vcisr-infer/report.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/media/input_files.h"
#include "vcisr/networks/weights.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;

/// A model's path: as given, or a file of that name in weights/, where users of Real-ESRGAN keep
/// them.
std::string model_path(const std::string& model) {
  if (fs::exists(model)) return model;
  for (const char* extension : {"", ".safetensors", ".pth"}) {
    const fs::path path = fs::path("weights") / (model + extension);
    if (fs::is_regular_file(path)) return path.string();
  }
  return model;
}

/// realesr-general-x4v3.pth -> realesr-general-wdn-x4v3.pth.
std::string denoise_twin(const std::string& model) {
  const fs::path path(model);
  std::string name = path.filename().string();
  const std::string mark = "general-x4v3";
  const auto at = name.find(mark);
  if (at == std::string::npos) {
    throw ConfigError("--denoise-strength mixes two files of one network, and the twin of '" +
                      model + "' is not known: name it with --denoise-model");
  }
  name.replace(at, mark.size(), "general-wdn-x4v3");
  return (path.parent_path() / name).string();
}

networks::LoadedNetwork load_model(const InferArguments& a, const std::string& path) {
  std::optional<std::int64_t> whole_scale;
  if (a.scale) {
    const int most = fs::exists(path) ? 64 : 16;
    if (!(*a.scale >= 0.01 && *a.scale <= most)) {
      std::array<char, 64> text{};
      std::snprintf(text.data(), text.size(), "--scale %g is outside [0.01, %d]", *a.scale, most);
      throw ConfigError(text.data());
    }
    // A network without weights takes the next whole factor; the rest is the final reduction.
    whole_scale = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(*a.scale)));
  }
  if (!a.network.empty() && !fs::exists(path)) {
    throw ConfigError("--network tells the network of a weight file, but model '" + a.model +
                      "' is no file (a network without weights is named by --model)");
  }
  if (!a.denoise_strength) return networks::load_network(path, a.network, whole_scale);
  if (!(*a.denoise_strength >= 0 && *a.denoise_strength <= 1)) {
    throw ConfigError("--denoise-strength " + std::to_string(*a.denoise_strength) +
                      " is outside [0, 1]");
  }
  const std::string twin =
      a.denoise_model.empty() ? denoise_twin(path) : model_path(a.denoise_model);
  return networks::load_network(
      networks::interpolate(tensorfile::read_checkpoint(path), tensorfile::read_checkpoint(twin),
                            *a.denoise_strength),
      a.network, path + " and " + twin);
}

void print_plan(const inference::Plan& plan, const InferArguments& a,
                const inference::JobOptions& options, const inference::Restorer& restorer) {
  for (const auto& item : plan.items) {
    std::string detail;
    if (item.kind == inference::InputKind::kImage) {
      const auto image = media::read_image(item.input);
      detail = std::to_string(image.width) + "x" + std::to_string(image.height) + " -> " +
               std::to_string(restorer.output_size(image.width)) + "x" +
               std::to_string(restorer.output_size(image.height));
    } else if (item.input != "-") {
      const auto source = item.kind == inference::InputKind::kSequence
                              ? inference::open_sequence(item.input, options.sequence_rate)
                              : inference::open_film(item.input, options.decoder);
      const auto& info = source->info();
      const auto size = inference::restored_size(info, restorer);
      detail =
          std::to_string(info.width) + "x" + std::to_string(info.height) + " -> " +
          std::to_string(size.width) + "x" + std::to_string(size.height) + ", " +
          (info.frame_count ? "about " + std::to_string(*info.frame_count) : "unknown number of") +
          " frames, " + media::name(info.format) + ", " + media::describe(info.color);
    }
    std::printf("%s -> %s  (%s%s%s)\n", item.input.c_str(), item.output.c_str(),
                std::string(inference::name(item.kind)).c_str(), detail.empty() ? "" : ", ",
                detail.c_str());
  }
  for (const auto& item : plan.skipped)
    std::printf("%s: skipped, %s exists\n", item.input.c_str(), item.output.c_str());
  std::printf("model %s, x%g, %s on %s\n", a.model.c_str(), restorer.scale(),
              std::string(inference::name(restorer.precision())).c_str(),
              restorer.device().str().c_str());
}

inference::JobObserver make_observer(Progress& progress, bool is_folder_job) {
  inference::JobObserver observer;
  observer.on_start = [&progress](const inference::WorkItem& item, std::size_t, std::size_t,
                                  std::optional<std::int64_t> expected) {
    progress.start(item.input, expected);
  };
  observer.on_frames = [&progress](std::int64_t done) { progress.update(done); };
  observer.on_done = [&progress, is_folder_job](const inference::ItemResult& result) {
    progress.finish();
    if (result.error) {
      if (is_folder_job) log::error(message_of(result.error));
      return;
    }
    for (const auto& note : result.notes) {
      if (!result.film) log::info(result.item.input + ": " + note);
    }
    const std::string size =
        std::to_string(result.input_width) + "x" + std::to_string(result.input_height) + " -> " +
        std::to_string(result.output_width) + "x" + std::to_string(result.output_height);
    log::info(result.item.output + ": " + size +
              (result.film ? ", " + film_summary(result) : std::string()));
    if (result.film && result.film->damage_count > 0) {
      log::warn(result.item.input + ": " + std::to_string(result.film->damage_count) +
                " damaged packets or frames were left out or concealed");
    }
  };
  return observer;
}

/// Files of ours beside the restored ones must not be one of the job's own; only an older report is
/// replaced.
void check_side_file(const std::string& flag, const std::string& path, const inference::Plan& plan,
                     const std::string& model) {
  if (path.empty()) return;
  const auto same = [&](const std::string& other) {
    std::error_code error;
    return other != "-" && fs::weakly_canonical(fs::absolute(other), error) ==
                               fs::weakly_canonical(fs::absolute(path), error);
  };
  for (const auto& item : plan.items) {
    if (same(item.input) || same(item.output)) {
      throw ConfigError(flag + " '" + path +
                        "' is an input or output of the job: give another name");
    }
  }
  if (same(model)) throw ConfigError(flag + " '" + path + "' is the model: give another name");
  if (media::has_image_extension(path) || media::has_film_extension(path)) {
    throw ConfigError(flag + " '" + path + "' is named like a picture or a film");
  }
}

/// The report's file, opened before the work so that an unwritable place is told first.
class Report {
 public:
  explicit Report(const std::string& path) {
    if (!path.empty()) file_.emplace(path, AtomicFile::Existing::kReplace);
  }
  void write(const std::string& text) {
    if (!file_) return;
    std::ofstream stream(file_->temporary_path(), std::ios::binary | std::ios::trunc);
    stream << text;
    stream.close();
    if (!stream) throw OutputError(file_->final_path().string() + ": the report cannot be written");
    file_->commit();
  }

 private:
  std::optional<AtomicFile> file_;
};

int finish(const std::vector<inference::ItemResult>& results) {
  std::size_t failed = 0;
  for (const auto& result : results) failed += result.error ? 1 : 0;
  if (failed == 0) return kOk;
  log::error(std::to_string(failed) + " of " + std::to_string(results.size()) + " files failed");
  return kSomeFailed;
}

}  // namespace

int infer(const InferArguments& a, std::stop_token stop) {
  set_log_level(a);
  if (print_lists(a)) return kOk;
  const auto plan = inference::plan_work(plan_options(a));
  const auto options = job_options(a);
  const auto restore_options = restorer_options(a);
  const std::string path = model_path(a.model);
  check_side_file("--report", a.report, plan, path);
  check_side_file("--log-file", a.log_file, plan, path);
  if (!a.log_file.empty()) log::add_file(a.log_file);
  const auto model = load_model(a, path);
  inference::Restorer restorer(model.network, restore_options);
  if (a.dry_run) {
    print_plan(plan, a, options, restorer);
    return kOk;
  }
  for (const auto& item : plan.skipped) log::info(item.output + ": exists, skipped");

  Progress progress(progress_style(a));
  Report report(a.report);
  // What is done stands in the report also when the job ends early.
  std::vector<inference::ItemResult> done;
  auto observer = make_observer(progress, plan.is_folder_job);
  const auto tell = observer.on_done;
  observer.on_done = [&](const inference::ItemResult& result) {
    tell(result);
    done.push_back(result);
  };
  try {
    (void)inference::run_job(plan, restorer, options, observer, stop);
  } catch (const std::exception&) {
    const int code = exit_code_of(std::current_exception());
    report.write(report_json(plan, done, model, a.model, restorer, code));
    throw;
  }
  const int code = finish(done);
  report.write(report_json(plan, done, model, a.model, restorer, code));
  return code;
}

}  // namespace vcisr::tools
