// SPDX-License-Identifier: Apache-2.0
#include "trainers/append_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "vcisr/core/error.h"

namespace vcisr::trainers {

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw OutputError(path_.string() + ": cannot be written: " + std::strerror(errno));
  }
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(std::string_view bytes) {
  const auto size_before = ::lseek(descriptor_, 0, SEEK_END);
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      const std::string reason = std::strerror(errno);
      // Half a record would hide all that follow it.
      const bool is_undone = size_before >= 0 && ::ftruncate(descriptor_, size_before) == 0;
      throw OutputError(path_.string() + ": writing failed: " + reason +
                        (is_undone ? "" : " (the file may end in half a record)"));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace vcisr::trainers
