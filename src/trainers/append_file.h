// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace vcisr::trainers {

/// A file that only grows; what append() was given has left the program when it returns, so that a
/// kill loses none of it.
///
/// Errors   OutputError with the system's reason ("No space left on device").
class AppendFile {
 public:
  /// Makes the file where there is none; its folder must be there.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// All of it or, if it throws, nothing.
  void append(std::string_view bytes);
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace vcisr::trainers
