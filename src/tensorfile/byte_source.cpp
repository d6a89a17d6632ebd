// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

void check_range(std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
  if (offset > size || count > size - offset) {
    throw CheckpointError("is truncated: bytes " + std::to_string(offset) + " + " +
                          std::to_string(count) + " are needed and the file has " +
                          std::to_string(size));
  }
}

}  // namespace

std::vector<std::uint8_t> ByteSource::read(std::uint64_t offset, std::uint64_t count) const {
  check_range(offset, count, size());
  std::vector<std::uint8_t> bytes(count);
  read(offset, bytes);
  return bytes;
}

void MemorySource::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  check_range(offset, out.size(), bytes_.size());
  if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
}

FileSource::FileSource(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO is refused below instead of waited for.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) throw CheckpointError(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(fd_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw CheckpointError(known && S_ISDIR(status.st_mode) ? "is a folder, not a model file"
                                                           : "is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileSource::~FileSource() { ::close(fd_); }

void FileSource::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  check_range(offset, out.size(), size_);
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got =
        ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw CheckpointError(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) throw CheckpointError("became shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string shown;
  for (const char c : text.substr(0, kLongest)) {
    const bool plain = c >= 0x20 && c < 0x7f;
    shown += plain ? c : '?';
  }
  return text.size() > kLongest ? shown + "..." : shown;
}

}  // namespace vcisr::tensorfile
