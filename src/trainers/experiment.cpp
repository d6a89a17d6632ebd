// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/experiment.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"

namespace vcisr::trainers {
namespace {

namespace fs = std::filesystem;

fs::path experiment_root(const TrainOptions& options) {
  return options.path.experiments_root / options.name;
}

fs::path events_root(const TrainOptions& options) {
  const fs::path root = fs::absolute(options.path.experiments_root).lexically_normal();
  const fs::path parent =
      root.has_filename() ? root.parent_path() : root.parent_path().parent_path();
  return parent / "tb_logger" / options.name;
}

/// -1 where another process holds it.
int try_lock(const fs::path& folder) {
  const fs::path path = folder / ".lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) {
    throw OutputError(path.string() + ": cannot be opened: " + std::strerror(errno));
  }
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  const int reason = errno;
  ::close(file);
  if (reason == EWOULDBLOCK) return -1;
  throw OutputError(path.string() + ": cannot be locked: " + std::strerror(reason));
}

int lock_or_fail(const fs::path& folder) {
  const int lock = try_lock(folder);
  if (lock < 0) {
    throw OutputError(folder.string() +
                      ": another training is running in this folder; give this one another name");
  }
  return lock;
}

void rename_to_archive(const fs::path& folder, const std::string& time) {
  fs::path target = folder;
  target += "_archived_" + time;
  for (int i = 2; fs::exists(target); ++i) {
    target = folder;
    target += "_archived_" + time + "_" + std::to_string(i);
  }
  std::error_code error;
  fs::rename(folder, target, error);
  if (error) {
    throw OutputError(folder.string() + ": cannot be renamed to " + target.string() + ": " +
                      error.message());
  }
  log::info(folder.string() + " was there: it is " + target.string() + " now");
}

bool is_empty_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder, error) && fs::is_empty(folder, error);
}

}  // namespace

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d_%H%M%S", &local);
  return text.data();
}

ExperimentFolder::ExperimentFolder(const TrainOptions& options, Start start)
    : root_(experiment_root(options)),
      events_(events_root(options)),
      name_(options.name),
      time_(time_stamp()) {
  std::error_code error;
  if (fs::exists(root_, error) && !fs::is_directory(root_, error)) {
    throw OutputError(root_.string() + ": is a file, but the experiment's folder is to be there");
  }
  if (start == Start::kFresh && fs::exists(root_, error) && !is_empty_folder(root_)) {
    // Held while it is renamed, so that a training that runs there is never moved.
    const int lock = lock_or_fail(root_);
    try {
      rename_to_archive(root_, time_);
      if (fs::exists(events_, error)) rename_to_archive(events_, time_);
    } catch (...) {
      ::close(lock);
      throw;
    }
    ::close(lock);
  }
  make_folder(root_);
  lock_ = lock_or_fail(root_);
  try {
    for (const auto& folder : {models(), states(), pictures()}) make_folder(folder);
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

ExperimentFolder::~ExperimentFolder() {
  if (lock_ >= 0) ::close(lock_);
}

ExperimentFolder::ExperimentFolder(ExperimentFolder&& other) noexcept
    : root_(std::move(other.root_)),
      events_(std::move(other.events_)),
      name_(std::move(other.name_)),
      time_(std::move(other.time_)),
      lock_(std::exchange(other.lock_, -1)) {}

fs::path ExperimentFolder::log_file() const {
  return root_ / ("train_" + name_ + "_" + time_ + ".log");
}

void ExperimentFolder::keep_config(const std::string& file_name, const std::string& yaml,
                                   const std::string& command) const {
  const std::time_t now = std::time(nullptr);
  std::array<char, 64> when{};
  std::tm local{};
  localtime_r(&now, &local);
  std::strftime(when.data(), when.size(), "%a %b %e %H:%M:%S %Y", &local);
  const std::string text =
      std::string("# GENERATE TIME: ") + when.data() + "\n# CMD:\n# " + command + "\n\n" + yaml;
  write_file(root_ / file_name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
             AtomicFile::Existing::kReplace);
}

fs::path states_folder(const TrainOptions& options) {
  return experiment_root(options) / "training_states";
}

std::vector<StateFile> list_states(const fs::path& folder) {
  std::vector<StateFile> states;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".state") continue;
    const std::string stem = entry.path().stem().string();
    std::int64_t step = 0;
    const auto [end, problem] = std::from_chars(stem.data(), stem.data() + stem.size(), step);
    if (problem != std::errc() || end != stem.data() + stem.size()) continue;
    states.push_back({entry.path(), step});
  }
  std::sort(states.begin(), states.end(),
            [](const StateFile& a, const StateFile& b) { return a.step < b.step; });
  return states;
}

}  // namespace vcisr::trainers
