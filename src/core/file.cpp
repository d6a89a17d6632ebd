// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/file.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "vcisr/core/error.h"

namespace vcisr {
namespace fs = std::filesystem;
namespace {

fs::path temporary_name(const fs::path& final_path) {
  static std::atomic<unsigned> counter{0};
  // Hidden, unique per process and use, with the final extension at the end.
  return final_path.parent_path() /
         ("." + final_path.stem().string() + ".vcisr-" + std::to_string(::getpid()) + "-" +
          std::to_string(counter++) + final_path.extension().string());
}

std::string reason() { return std::strerror(errno); }

/// The temporary files there are; leaked, so that it outlives whatever ends last.
struct LiveFiles {
  std::mutex mutex;
  std::set<fs::path> paths;
};

LiveFiles& live_files() {
  static LiveFiles* const files = std::make_unique<LiveFiles>().release();
  return *files;
}

void forget(const fs::path& path) {
  const std::scoped_lock lock(live_files().mutex);
  live_files().paths.erase(path);
}

void refuse_existing(const fs::path& path) {
  throw OutputError(
      path.string() +
      ": exists already (replace it with --overwrite, leave it with --skip-existing)");
}

}  // namespace

AtomicFile::AtomicFile(fs::path final_path, Existing existing)
    : final_path_(std::move(final_path)),
      temporary_(temporary_name(final_path_)),
      existing_(existing) {
  std::error_code ignored;
  const auto status = fs::symlink_status(final_path_, ignored);
  if (fs::is_directory(final_path_, ignored)) {
    temporary_.clear();
    throw OutputError(final_path_.string() + ": is a folder, a file name was expected");
  }
  if (fs::exists(status) && existing_ == Existing::kRefuse) {
    temporary_.clear();
    refuse_existing(final_path_);
  }
  // Opened once here, so that an unwritable folder is told before hours of work.
  const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    const std::string why = reason();
    temporary_.clear();
    throw OutputError(final_path_.string() + ": cannot be written: " + why);
  }
  ::close(fd);
  const std::scoped_lock lock(live_files().mutex);
  live_files().paths.insert(temporary_);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : final_path_(std::move(other.final_path_)),
      temporary_(std::exchange(other.temporary_, {})),
      existing_(other.existing_) {}

AtomicFile::~AtomicFile() {
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  forget(temporary_);
}

void AtomicFile::commit() {
  const int fd = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const std::string why = synced ? "" : reason();
  if (fd >= 0) ::close(fd);
  if (!synced) throw OutputError(final_path_.string() + ": cannot be completed: " + why);
  if (existing_ == Existing::kRefuse) {
    // link() fails where rename() would replace: a file made meanwhile is not lost.
    if (::link(temporary_.c_str(), final_path_.c_str()) == 0) {
      ::unlink(temporary_.c_str());
      forget(temporary_);
      temporary_.clear();
      return;
    }
    if (errno == EEXIST) refuse_existing(final_path_);
    // File systems without hard links go on to rename.
  }
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) {
    throw OutputError(final_path_.string() + ": cannot be completed: " + reason());
  }
  forget(temporary_);
  temporary_.clear();
}

void remove_temporary_files() noexcept {
  const std::scoped_lock lock(live_files().mutex);
  for (const auto& path : live_files().paths) ::unlink(path.c_str());
  live_files().paths.clear();
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) {
    throw OutputError(folder.string() + ": the folder cannot be made: " + error.message());
  }
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) throw InputError(path.string() + ": is a folder, not a file");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw InputError(path.string() + ": cannot be opened: " + reason());
  const auto size = file.tellg();
  std::vector<std::uint8_t> bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file && !bytes.empty()) throw InputError(path.string() + ": reading failed: " + reason());
  return bytes;
}

void write_file(const fs::path& path, std::span<const std::uint8_t> bytes,
                AtomicFile::Existing existing) {
  AtomicFile target(path, existing);
  {
    std::ofstream file(target.temporary_path(), std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw OutputError(path.string() + ": writing failed: " + reason());
  }
  target.commit();
}

}  // namespace vcisr
