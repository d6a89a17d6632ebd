// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/degrade.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "vcisr-degrade/preview.h"
#include "vcisr-degrade/session.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/data/patch_job.h"
#include "vcisr/data/patch_stream.h"
#include "vcisr/data/recipe_replay.h"
#include "vcisr/data/whole_pictures.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/degradation/presets.h"
#include "vcisr/media/image.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;
using degradation::Pipeline;
using media::FileKind;

/// lq size at which a configuration is tried before anything is read; every encoder takes it.
constexpr std::int64_t kTrialSide = 128;

void apply_log_flags(const DegradeArguments& a) {
  set_log_level(a);
  if (!a.log_file.empty()) log::add_file(a.log_file);
}

/// Second line of the presets' files.
void print_configs() {
  for (const auto& name : degradation::preset_names()) {
    const std::string& text = *degradation::find_preset(name);
    const auto begin = text.find("\n# ");
    const auto end = text.find('\n', begin + 1);
    const std::string summary =
        begin == std::string::npos ? "" : text.substr(begin + 3, end - begin - 3);
    std::printf("%-14s %s\n", name.c_str(), summary.c_str());
  }
}

Pipeline load_pipeline(const DegradeArguments& a) {
  auto settings = a.settings;
  if (a.scale) settings.push_back("scale=" + std::to_string(*a.scale));
  return Pipeline::load(a.config, settings);
}

degradation::RecipeHeader header_of(const Pipeline& pipeline, const DegradeArguments& a) {
  return {.config = pipeline.yaml(),
          .seed = a.seed.value_or(0),
          .scale = pipeline.options().scale,
          .source = pipeline.options().source};
}

fs::path absolute_path(const fs::path& path) {
  const fs::path result = fs::absolute(path).lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

/// The folder that all inputs have in common, given folders counting as such: names of sources are
/// relative to it.
fs::path common_root(const std::vector<std::string>& inputs) {
  fs::path root;
  for (const auto& input : inputs) {
    fs::path folder = absolute_path(input);
    std::error_code error;
    if (!fs::is_directory(folder, error)) folder = folder.parent_path();
    if (root.empty()) root = folder;
    const auto [end, unused] =
        std::mismatch(root.begin(), root.end(), folder.begin(), folder.end());
    fs::path common;
    for (auto part = root.begin(); part != end; ++part) common /= *part;
    root = common;
  }
  return root;
}

std::string name_below(const fs::path& root, const fs::path& file) {
  return absolute_path(file).lexically_relative(root).generic_string();
}

media::SubFolders sub_folders(const DegradeArguments& a) {
  return a.recursive ? media::SubFolders::kRead : media::SubFolders::kLeaveOut;
}

/// For pictures: a quarter of the threads is enough, two let a slow disk overlap with decoding.
data::ReaderThreads readers(const DegradeArguments& a) {
  return {.count = std::max(2, thread_count(a) / 4), .on_start = ops::use_one_intra_op_thread};
}

std::vector<data::SourceFile> whole_files(const DegradeArguments& a) {
  const auto list = media::list_inputs(a.inputs, sub_folders(a));
  const fs::path root = common_root(a.inputs);
  std::vector<data::SourceFile> files;
  for (const auto& file : list.files) {
    files.push_back({file.path, name_below(root, file.path), file.kind});
  }
  return files;
}

bool is_folder_job(const DegradeArguments& a) {
  std::error_code error;
  return a.inputs.size() > 1 || fs::is_directory(a.inputs.front(), error);
}

void log_start(const DegradeArguments& a, const degradation::RecipeHeader& header) {
  log::info(a.config + ", seed " + std::to_string(header.seed) + ", x" +
            std::to_string(header.scale) + ", " + std::to_string(thread_count(a)) + " threads");
}

int degrade_whole(const DegradeArguments& a, const Pipeline& pipeline,
                  const std::stop_token& stop) {
  const auto files = whole_files(a);
  const DegradeOutput output(a, files, DegradeOutput::Naming::kSource);
  output.check();
  pipeline.check({kTrialSide * pipeline.options().scale, kTrialSide * pipeline.options().scale});
  if (a.dry_run) {
    output.print();
    return kOk;
  }
  const auto header = header_of(pipeline, a);
  const OutputFolder folder(a, output);
  DegradeReport report(a, "whole", header);
  WorkerPool pool(thread_count(a), ops::use_one_intra_op_thread);
  DegradeOutputs outputs(a, output, header, pool);
  const bool has_films = std::any_of(files.begin(), files.end(),
                                     [](const auto& file) { return file.kind == FileKind::kFilm; });
  log_start(a, header);
  report.start(has_films ? std::nullopt : std::optional<std::int64_t>(files.size()));
  return report.run(
      [&] {
        data::WholePictures source(pipeline, {.files = files,
                                              .seed = header.seed,
                                              .needs_sharpened = a.save_usm,
                                              .readers = readers(a)});
        return data::run_degradation(source, pool, outputs.sinks(), outputs.recipe(),
                                     report.observer(is_folder_job(a)), stop);
      },
      static_cast<std::int64_t>(files.size()));
}

data::PatchStreamOptions stream_options(const DegradeArguments& a, const Pipeline& pipeline) {
  data::PatchStreamOptions options;
  options.sources = a.inputs;
  options.sub_folders = sub_folders(a);
  options.patch_size = *a.patches;
  options.small_pictures =
      a.small_pictures == "mirror" ? data::SmallPictures::kMirror : data::SmallPictures::kLeaveOut;
  options.offsets = a.grid == "random" ? data::GridOffsets::kRandom : data::GridOffsets::kPublished;
  options.shuffle_pictures = false;
  const bool is_sharpening =
      a.save_usm || pipeline.options().source == degradation::DegradedSource::kSharpened;
  if (!is_sharpening) options.sharpening.reset();
  options.batch_size = 32;
  options.shuffle_buffer = 0;
  options.seed = a.seed.value_or(0);
  options.threads = thread_count(a);
  return options;
}

/// What the stream's last epoch met that cannot be read; true if that is everything.
bool report_unreadable(DegradeReport& report, const data::PatchStream& stream,
                       const fs::path& root) {
  const auto unreadable = stream.statistics().unreadable_sources;
  for (const auto& source : unreadable) {
    report.add_unreadable(name_below(root, source.path), source.message);
  }
  return unreadable.size() == stream.files().size();
}

int degrade_patches(const DegradeArguments& a, Pipeline given, const std::stop_token& stop) {
  const DegradeOutput output(a, {}, DegradeOutput::Naming::kNumber);
  const auto pipeline = std::make_shared<const Pipeline>(std::move(given));
  data::PatchStream stream(stream_options(a, *pipeline), pipeline);
  output.check();
  if (a.dry_run) {
    std::printf("%zu files -> %s\n", stream.files().size(), a.output.c_str());
    output.print();
    return kOk;
  }
  const auto header = header_of(*pipeline, a);
  const OutputFolder folder(a, output);
  DegradeReport report(a, "patches", header);
  WorkerPool pool(thread_count(a), ops::use_one_intra_op_thread);
  DegradeOutputs outputs(a, output, header, pool);
  // Lists of files (.txt) lie anywhere: their files count, not they.
  std::vector<std::string> places;
  for (const auto& input : a.inputs) {
    if (media::lower_extension(input) != "txt") places.push_back(input);
  }
  if (places.size() != a.inputs.size()) {
    for (const auto& file : stream.files()) places.push_back(file.path.string());
  }
  const fs::path root = common_root(places);
  log_start(a, header);
  report.start(std::nullopt);
  return report.run(
      [&] {
        const data::PatchJob job{.epochs = a.repeat, .name_of = [&root](const std::string& path) {
                                   return name_below(root, path);
                                 }};
        std::int64_t pairs = 0;
        try {
          pairs = data::run_patches(stream, job, outputs.sinks(), outputs.recipe(),
                                    report.observer(false), stop);
        } catch (const InputError&) {
          const bool is_all = report_unreadable(report, stream, root);
          // Of several, each was logged; a single file gives its own code.
          if (!is_all || (stream.files().size() == 1 && !is_folder_job(a))) throw;
          return pairs;
        }
        report_unreadable(report, stream, root);
        return pairs;
      },
      static_cast<std::int64_t>(stream.files().size()));
}

fs::path replay_root(const DegradeArguments& a) {
  if (a.inputs.empty()) {
    const fs::path folder = fs::path(a.replay).parent_path();
    return folder.empty() ? "." : folder;
  }
  std::error_code error;
  if (!fs::is_directory(a.inputs.front(), error)) {
    throw InputError(a.inputs.front() +
                     ": is no folder, as --replay needs it (its sources are relative to it)");
  }
  return a.inputs.front();
}

/// Source where each picture is there once and not cut out of the middle; else number.
DegradeOutput::Naming replay_naming(const DegradeArguments& a, const degradation::Recipe& recipe) {
  if (a.names == "source") return DegradeOutput::Naming::kSource;
  if (a.names == "number" || a.shards) return DegradeOutput::Naming::kNumber;
  std::set<std::pair<std::string, std::int64_t>> met;
  for (const auto& unit : recipe.units) {
    const bool is_new = met.emplace(unit.source, unit.frame).second;
    const bool is_cut = unit.crop && (unit.crop->top != 0 || unit.crop->left != 0);
    if (!is_new || is_cut) return DegradeOutput::Naming::kNumber;
  }
  return DegradeOutput::Naming::kSource;
}

int replay(const DegradeArguments& a, const std::stop_token& stop) {
  auto recipe = degradation::read_recipe(a.replay);
  if (recipe.units.empty()) throw InputError(a.replay + ": names no picture");
  const fs::path root = replay_root(a);
  std::vector<data::SourceFile> files;
  std::set<std::string> met;
  for (const auto& unit : recipe.units) {
    if (!met.insert(unit.source).second) continue;
    const fs::path path = root / unit.source;
    files.push_back({path, unit.source, media::file_kind(path)});
  }
  const DegradeOutput output(a, files, replay_naming(a, recipe));
  output.check();
  const auto header = recipe.header;
  const auto units = static_cast<std::int64_t>(recipe.units.size());
  data::RecipeReplay source(std::move(recipe), {.root = root,
                                                .recipe_name = a.replay,
                                                .needs_sharpened = a.save_usm,
                                                .readers = readers(a)});
  if (a.dry_run) {
    output.print();
    return kOk;
  }
  const OutputFolder folder(a, output);
  DegradeReport report(a, "replay", header);
  WorkerPool pool(thread_count(a), ops::use_one_intra_op_thread);
  DegradeOutputs outputs(a, output, header, pool);
  report.start(units);
  return report.run(
      [&] {
        return data::run_degradation(source, pool, outputs.sinks(), outputs.recipe(),
                                     report.observer(false), stop);
      },
      static_cast<std::int64_t>(files.size()));
}

}  // namespace

int degrade(const DegradeArguments& a, const std::stop_token& stop) {
  if (a.list_configs) {
    print_configs();
    return kOk;
  }
  check_arguments(a);
  apply_log_flags(a);
  ops::use_one_intra_op_thread();
  if (!a.replay.empty()) return replay(a, stop);
  Pipeline pipeline = load_pipeline(a);
  if (a.print_config) {
    std::fputs(pipeline.yaml().c_str(), stdout);
    return kOk;
  }
  if (a.inputs.empty()) {
    throw ConfigError("no input was given: vcisr-degrade INPUT -o OUTPUT, see --help");
  }
  if (!a.preview.empty()) return preview(a, pipeline, stop);
  if (a.patches) return degrade_patches(a, std::move(pipeline), stop);
  return degrade_whole(a, pipeline, stop);
}

}  // namespace vcisr::tools
