// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace vcisr::tensorfile {

/// Bytes read by position: a file, or memory in tests and fuzz targets. Knows no torch, as all
/// parsing of model files does.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// Fills `out` from `offset`. Errors  CheckpointError where the source ends before.
  virtual void read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;

  /// Checks the range before it takes memory. Errors  CheckpointError.
  [[nodiscard]] std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count) const;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  using ByteSource::read;
  [[nodiscard]] std::uint64_t size() const noexcept override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  std::span<const std::uint8_t> bytes_;
};

/// A regular file, read with pread: unlike a mapping, a file that shrinks meanwhile is an error
/// and no signal. Errors  CheckpointError without the path: missing, a folder, not readable.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  using ByteSource::read;
  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// Little-endian unsigned integer of `count` <= 8 bytes.
[[nodiscard]] constexpr std::uint64_t load_le(const std::uint8_t* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

/// Text of a file for a message: at most 80 characters, control characters and broken UTF-8 as '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace vcisr::tensorfile
