// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/zip_reader.h"

#include <functional>

#include <gtest/gtest.h>

#include "support/model_files.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr::tensorfile {
namespace {

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& bytes, std::size_t at, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) {
    bytes[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

/// A .pth of Python's torch with a plain end record (torch always writes a 64-bit one before it).
struct Archive {
  Archive() : bytes(read_file(tests::corpus("pth/plain.pth"))) {
    const Bytes record(bytes.end() - 22, bytes.end());
    entries = load_le(&record[10], 2);
    directory_bytes = load_le(&record[12], 4);
    directory = load_le(&record[16], 4);
    end = directory + directory_bytes;
    bytes.resize(end);
    bytes.insert(bytes.end(), record.begin(), record.end());
    second =
        directory + 46 + load_le(&bytes[directory + 28], 2) + load_le(&bytes[directory + 30], 2);
  }

  Bytes bytes;
  std::size_t directory = 0;
  std::size_t directory_bytes = 0;
  std::size_t second = 0;  ///< The directory's second entry.
  std::size_t end = 0;
  std::uint64_t entries = 0;
};

std::string refusal(const Bytes& bytes) {
  try {
    (void)read_zip_directory(MemorySource(bytes));
    return "";
  } catch (const CheckpointError& error) {
    return error.what();
  }
}

TEST(ZipReader, ListsRecordsInTheOrderOfTheirBytes) {
  const Archive archive;
  const auto records = read_zip_directory(MemorySource(archive.bytes));
  ASSERT_EQ(records.size(), archive.entries);
  EXPECT_EQ(records[0].name, "archive/data.pkl");
  for (std::size_t i = 1; i < records.size(); ++i) {
    EXPECT_GE(records[i].offset, records[i - 1].offset + records[i - 1].bytes);
  }
}

TEST(ZipReader, RefusesADirectoryThatLies) {
  struct Case {
    std::function<void(Archive&)> change;
    std::string reason;
  };
  for (const auto& item : std::vector<Case>{
           {[](Archive& a) { put(a.bytes, a.directory + 8, 1, 2); }, "encrypted record"},
           {[](Archive& a) { put(a.bytes, a.directory + 10, 8, 2); }, "the compressed record"},
           {[](Archive& a) { put(a.bytes, a.directory + 20, 7, 4); }, "two sizes"},
           {[](Archive& a) {
              put(a.bytes, a.directory + 20, 0xFFFFFFF0, 4);
              put(a.bytes, a.directory + 24, 0xFFFFFFF0, 4);
            },
            "more than the file has"},
           {[](Archive& a) {
              put(a.bytes, a.directory + 20, 0xFFFFFFFF, 4);
              put(a.bytes, a.directory + 24, 0xFFFFFFFF, 4);
            },
            "more than the file has"},
           {[](Archive& a) { put(a.bytes, a.directory + 42, 0xFFFFFF00, 4); }, "outside the file"},
           {[](Archive& a) { put(a.bytes, a.directory + 42, 1, 4); }, "disagree"},
           {[](Archive& a) { a.bytes[a.directory + 46] ^= 1; }, "disagree"},
           {[](Archive& a) { a.bytes[a.directory + 46] = 0; }, "proper name"},
           {[](Archive& a) { put(a.bytes, a.second + 42, 0, 4); }, "disagree"},
           {[](Archive& a) {
              put(a.bytes, a.directory + 20, 1200, 4);
              put(a.bytes, a.directory + 24, 1200, 4);
            },
            "overlap"},
           {[](Archive& a) { put(a.bytes, a.directory, 0, 4); }, "an entry that is none"},
           {[](Archive& a) { put(a.bytes, a.directory + 30, 0xFFFF, 2); }, "ends in an entry"},
           {[](Archive& a) { put(a.bytes, a.end + 10, a.entries - 1, 2); }, "behind its last"},
           {[](Archive& a) { put(a.bytes, a.end + 10, a.entries + 1, 2); }, "ends in an entry"},
           {[](Archive& a) { put(a.bytes, a.end + 10, 60000, 2); }, "claims 60000 entries"},
           {[](Archive& a) { put(a.bytes, a.end + 16, 0xFFFFFF00, 4); }, "outside the file"},
           {[](Archive& a) { put(a.bytes, a.end + 12, 0xFFFFFF00, 4); }, "outside the file"},
           {[](Archive& a) { put(a.bytes, a.end + 4, 1, 2); }, "several disks"},
           {[](Archive& a) { a.bytes.push_back(0); }, "is truncated"}}) {
    Archive archive;
    item.change(archive);
    const auto text = refusal(archive.bytes);
    EXPECT_NE(text.find(item.reason), std::string::npos) << item.reason << ": " << text;
  }
}

/// The same archive with a 64-bit end record, as torch writes it beyond 4 GiB or 65534 records.
Bytes with_end64(Archive& archive) {
  Bytes bytes(archive.bytes.begin(),
              archive.bytes.begin() + static_cast<std::ptrdiff_t>(archive.end));
  const std::size_t end64 = bytes.size();
  bytes.resize(end64 + 56 + 20 + 22);
  put(bytes, end64, 0x06064b50, 4);
  put(bytes, end64 + 4, 44, 8);
  put(bytes, end64 + 24, archive.entries, 8);
  put(bytes, end64 + 32, archive.entries, 8);
  put(bytes, end64 + 40, archive.directory_bytes, 8);
  put(bytes, end64 + 48, archive.directory, 8);
  put(bytes, end64 + 56, 0x07064b50, 4);
  put(bytes, end64 + 64, end64, 8);
  put(bytes, end64 + 72, 1, 4);
  put(bytes, end64 + 76, 0x06054b50, 4);
  for (const std::size_t at : {84u, 86u}) put(bytes, end64 + at, 0xFFFF, 2);
  for (const std::size_t at : {88u, 92u}) put(bytes, end64 + at, 0xFFFFFFFF, 4);
  archive.end = end64;
  return bytes;
}

TEST(ZipReader, ReadsAndChecks64BitEndRecords) {
  Archive archive;
  const auto good = with_end64(archive);
  EXPECT_EQ(read_zip_directory(MemorySource(good)).size(), archive.entries);
  for (const auto& [at, reason] :
       std::vector<std::pair<std::size_t, std::string>>{{0, "64-bit end record"},
                                                        {20, "several disks"},
                                                        {36, "claims"},
                                                        {44, "outside"},
                                                        {52, "outside"},
                                                        {60, "several disks"},
                                                        {71, "outside"}}) {
    auto bad = good;
    bad[archive.end + at] ^= 0x40;
    const auto text = refusal(bad);
    EXPECT_NE(text.find(reason), std::string::npos) << at << ": " << text;
  }
}

}  // namespace
}  // namespace vcisr::tensorfile
