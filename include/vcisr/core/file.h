// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vcisr {

/// A file that appears under its final name only when it is complete.
///
/// Writers write to `temporary_path()`, which lies in the final folder and keeps the final
/// extension (muxers and image writers choose their format by it); `commit()` syncs and renames.
/// Destroyed without commit, the temporary file is removed and an existing file of the final name
/// is untouched.
class AtomicFile {
 public:
  enum class Existing { kRefuse, kReplace };

  /// Errors  OutputError if the final name exists and `existing` is kRefuse, or if the folder is
  ///         missing or not writable.
  AtomicFile(std::filesystem::path final_path, Existing existing);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  [[nodiscard]] const std::filesystem::path& final_path() const noexcept { return final_path_; }
  [[nodiscard]] const std::filesystem::path& temporary_path() const noexcept { return temporary_; }

  /// Errors  OutputError; with kRefuse also when another process made the final name meanwhile.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  Existing existing_;
};

/// Removes the temporary files of all AtomicFiles that live now: for a program that must end at
/// once. Threads  safe from any thread (not from a signal handler).
void remove_temporary_files() noexcept;

/// Makes a folder and those above it; "" is the current one and there already. Errors  OutputError.
void make_folder(const std::filesystem::path& folder);

/// Whole contents. Errors  InputError, with the system's reason.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::filesystem::path& path);

/// Atomic (as above). Errors  OutputError.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes,
                AtomicFile::Existing existing);

}  // namespace vcisr
