// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "vcisr-degrade/shard_sink.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/core/version.h"
#include "vcisr/data/film_sink.h"
#include "vcisr/data/picture_sink.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

AtomicFile::Existing existing_of(const DegradeArguments& a) {
  return a.overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse;
}

}  // namespace

int thread_count(const DegradeArguments& a) {
  if (a.threads > 0) return static_cast<int>(a.threads);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

OutputFolder::OutputFolder(const DegradeArguments& a, const DegradeOutput& output)
    : OutputFolder() {  // Complete from here on: what was made goes where making the rest fails.
  const fs::path folder = output.folder();
  make(folder);
  const fs::path outer = fs::absolute(folder).lexically_normal() / "";
  for (const fs::path& file : {fs::path(a.report), fs::path(a.recipe)}) {
    if (file.empty()) continue;
    const fs::path inner = fs::absolute(file).lexically_normal().parent_path() / "";
    if (inner.string().starts_with(outer.string())) make(inner);
  }
}

void OutputFolder::make(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path path = folder; !path.empty() && !fs::exists(path, error);
       path = path.parent_path()) {
    missing.push_back(path);
  }
  made_.insert(made_.end(), missing.rbegin(), missing.rend());
  make_folder(folder);
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) {
    fs::remove(*folder, ignored);  // Fails unless it is empty.
  }
}

DegradeOutputs::DegradeOutputs(const DegradeArguments& a, const DegradeOutput& output,
                               const degradation::RecipeHeader& header, WorkerPool& pool) {
  recipe_ = std::make_unique<degradation::RecipeWriter>(output.recipe(), header, existing_of(a));
  if (output.has_shards()) {
    add(std::make_unique<ShardSink>(ShardOptions{.folder = output.folder(),
                                                 .pairs_per_shard = a.shard_size,
                                                 .header = header,
                                                 .existing = existing_of(a)}));
    if (!a.pictures) return;
  }
  for (const data::PairPart part : output.parts()) {
    data::PictureSinkOptions options;
    options.part = part;
    options.turn = output.naming() == DegradeOutput::Naming::kNumber ? data::FrameTurn::kAsStored
                                                                     : data::FrameTurn::kAsSeen;
    options.write.lossless_webp = true;
    options.write.existing = existing_of(a);
    add(std::make_unique<data::PictureSink>(
        pool, [&output, part](const data::Pair& pair) { return output.picture(part, pair); },
        options));
    if (!output.has_films()) continue;
    add(std::make_unique<data::FilmSink>(
        part, [&output, part](const std::string& source) { return output.film(part, source); },
        existing_of(a)));
  }
}

void DegradeOutputs::add(std::unique_ptr<data::PairSink> sink) {
  pointers_.push_back(sink.get());
  sinks_.push_back(std::move(sink));
}

DegradeReport::DegradeReport(const DegradeArguments& a, std::string mode,
                             const degradation::RecipeHeader& header)
    : arguments_(a),
      mode_(std::move(mode)),
      header_(header),
      progress_(progress_style(a), {"pairs", "pairs/s", "pairs_per_s"}) {
  if (!a.report.empty()) file_.emplace(a.report, AtomicFile::Existing::kReplace);
}

data::DegradeObserver DegradeReport::observer(bool collects_failures) {
  data::DegradeObserver observer;
  observer.on_pairs = [this](std::int64_t pairs) {
    pairs_ = pairs;
    progress_.update(pairs);
  };
  if (collects_failures) {
    observer.on_failure = [this](const data::SourceFailure& failure) {
      const std::string message = message_of(failure.error);
      log::error(message.find(failure.source) == std::string::npos ? failure.source + ": " + message
                                                                   : message);
      failures_.push_back({failure.source, message, exit_code_of(failure.error)});
    };
  }
  return observer;
}

void DegradeReport::add_unreadable(const std::string& source, const std::string& message) {
  failures_.push_back({source, message, kInputUnreadable});
}

void DegradeReport::start(std::optional<std::int64_t> expected_pairs) {
  start_ = std::chrono::steady_clock::now();
  progress_.start("degrade", expected_pairs);
}

int DegradeReport::run(const std::function<std::int64_t()>& work, std::int64_t sources) {
  try {
    pairs_ = work();
  } catch (const std::exception&) {
    progress_.finish();
    write(exit_code_of(std::current_exception()));
    throw;
  }
  progress_.finish();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), "%lld pairs in %.1f s (%.1f pairs/s)",
                static_cast<long long>(pairs_), seconds,
                seconds > 0 ? static_cast<double>(pairs_) / seconds : 0);
  log::info(text.data());
  const auto failed = static_cast<std::int64_t>(failures_.size());
  const int code = failed == 0 ? kOk : kSomeFailed;
  if (failed > 0) {
    log::error(std::to_string(failed) + " of " + std::to_string(sources) + " files failed");
  }
  write(code);
  return code;
}

void DegradeReport::write(int exit_code) {
  if (!file_) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  json report = {{"vcisr", vcisr::version()},
                 {"exit_code", exit_code},
                 {"mode", mode_},
                 {"config", arguments_.replay.empty() ? arguments_.config : arguments_.replay},
                 {"seed", header_.seed},
                 {"scale", header_.scale},
                 {"threads", thread_count(arguments_)},
                 {"inputs", arguments_.inputs},
                 {"output", arguments_.output},
                 {"pairs", pairs_},
                 {"seconds", seconds},
                 {"pairs_per_s", seconds > 0 ? static_cast<double>(pairs_) / seconds : 0},
                 {"unreadable", static_cast<std::int64_t>(failures_.size())},
                 {"failed", json::array()}};
  for (const auto& failure : failures_) {
    report["failed"].push_back(
        {{"source", failure.source}, {"error", failure.message}, {"exit_code", failure.exit_code}});
  }
  std::ofstream stream(file_->temporary_path(), std::ios::binary | std::ios::trunc);
  stream << report.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  stream.close();
  if (!stream) throw OutputError(file_->final_path().string() + ": the report cannot be written");
  file_->commit();
}

}  // namespace vcisr::tools
