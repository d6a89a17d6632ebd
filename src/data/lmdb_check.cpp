// SPDX-License-Identifier: Apache-2.0
// The format as lmdb.h 0.9 and its pages define it: a header of 16 bytes (number, flags, ends of
// the free space), then the places of entries, which grow towards each other from both ends.
#include "data/lmdb_check.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint64_t kHeaderBytes = 16;
constexpr std::uint64_t kNodeBytes = 8;  // Of an entry, before its key.
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr int kMostLevels = 32;
enum PageFlags : std::uint16_t { kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8 };
constexpr std::uint16_t kBigData = 1;  // The value lies in pages of its own.

std::uint64_t number(std::span<const std::uint8_t> bytes, std::uint64_t at, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    value |= std::uint64_t{bytes[at + static_cast<std::uint64_t>(i)]} << (8 * i);
  }
  return value;
}

class LmdbWalk {
 public:
  explicit LmdbWalk(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    bytes_ = std::filesystem::file_size(path, error);
    file_.open(path, std::ios::binary);
    if (error || !file_) throw InputError(path.string() + ": no such file, or it cannot be read");
  }

  void run() {
    read_meta();
    if ((last_page_ + 1) > bytes_ / page_bytes_) {
      damaged("has " + std::to_string(bytes_) + " bytes, fewer than its " +
              std::to_string(last_page_ + 1) + " pages take");
    }
    if (root_ != kNoPage) walk(root_, 1);
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw InputError(path_.string() + ": is a damaged LMDB: it " + what);
  }
  [[noreturn]] void damaged_page(std::uint64_t page) const {
    damaged("has nonsense in page " + std::to_string(page));
  }

  std::vector<std::uint8_t> read(std::uint64_t at, std::uint64_t count) {
    std::vector<std::uint8_t> bytes(count);
    file_.seekg(static_cast<std::streamoff>(at));
    if (at > bytes_ || count > bytes_ - at ||
        !file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count))) {
      damaged("ends before its byte " + std::to_string(at + count));
    }
    return bytes;
  }

  /// The newer one of the two descriptions at the beginning counts.
  void read_meta() {
    constexpr std::uint64_t kMetaBytes = kHeaderBytes + 136;
    const auto first = read(0, kMetaBytes);
    if (number(first, 16, 4) != kMagic || (number(first, 10, 2) & kMeta) == 0) {
      throw InputError(path_.string() + ": is no LMDB");
    }
    page_bytes_ = number(first, 40, 4);
    if (page_bytes_ < 512 || page_bytes_ > 65536 || (page_bytes_ & (page_bytes_ - 1)) != 0) {
      damaged("has pages of " + std::to_string(page_bytes_) + " bytes");
    }
    const auto second = read(page_bytes_, kMetaBytes);
    if (number(second, 16, 4) != kMagic) damaged("lacks its second description");
    const auto& meta = number(second, 144, 8) > number(first, 144, 8) ? second : first;
    if (number(meta, 20, 4) != 1) damaged("is of an unknown version");
    if (number(meta, 92, 2) != 0) damaged("is not a plain database");
    root_ = number(meta, 128, 8);
    last_page_ = number(meta, 136, 8);
    if (last_page_ >= bytes_) damaged("claims " + std::to_string(last_page_) + " pages");
    met_.assign(last_page_ + 1, false);
  }

  void walk(std::uint64_t page, int level) {
    if (page > last_page_ || page < 2 || level > kMostLevels || met_[page]) damaged_page(page);
    met_[page] = true;
    const auto bytes = read(page * page_bytes_, page_bytes_);
    const auto flags = number(bytes, 10, 2);
    const std::uint64_t lower = number(bytes, 12, 2);
    const std::uint64_t upper = number(bytes, 14, 2);
    const bool is_branch = flags == kBranch;
    if (number(bytes, 0, 8) != page || (flags != kBranch && flags != kLeaf) ||
        lower < kHeaderBytes || lower > upper || upper > page_bytes_ || lower % 2 != 0) {
      damaged_page(page);
    }
    const std::uint64_t entries = (lower - kHeaderBytes) / 2;
    if (is_branch && entries < 2) damaged_page(page);
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t at = number(bytes, kHeaderBytes + 2 * i, 2);
      if (at < upper || at + kNodeBytes > page_bytes_) damaged_page(page);
      const std::uint64_t key_end = at + kNodeBytes + number(bytes, at + 6, 2);
      if (key_end > page_bytes_) damaged_page(page);
      if (is_branch) {
        walk(number(bytes, at, 6), level + 1);
      } else {
        check_value(bytes, page, at, key_end);
      }
    }
  }

  void check_value(std::span<const std::uint8_t> bytes, std::uint64_t page, std::uint64_t at,
                   std::uint64_t key_end) {
    const std::uint64_t size = number(bytes, at, 4);
    const std::uint64_t flags = number(bytes, at + 4, 2);
    if (flags == 0) {
      if (size > page_bytes_ - key_end) damaged_page(page);
      return;
    }
    if (flags != kBigData || key_end + 8 > page_bytes_) damaged_page(page);
    const std::uint64_t first = number(bytes, key_end, 8);
    const std::uint64_t pages = (kHeaderBytes + size + page_bytes_ - 1) / page_bytes_;
    if (first > last_page_ || pages > last_page_ + 1 - first) damaged_page(page);
    const auto header = read(first * page_bytes_, kHeaderBytes);
    if (number(header, 10, 2) != kOverflow || number(header, 12, 4) != pages) damaged_page(first);
  }

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t bytes_ = 0;
  std::uint64_t page_bytes_ = 0;
  std::uint64_t root_ = kNoPage;
  std::uint64_t last_page_ = 0;
  std::vector<bool> met_;
};

}  // namespace

void check_lmdb_file(const std::filesystem::path& data_file) { LmdbWalk(data_file).run(); }

}  // namespace vcisr::data
