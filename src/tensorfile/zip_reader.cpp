// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/zip_reader.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kEnd64Bytes = 56;
constexpr std::uint64_t kLocatorBytes = 20;
constexpr std::uint64_t kEntryBytes = 46;
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint64_t kMostDirectoryBytes = std::uint64_t{256} << 20;

[[noreturn]] void damaged(const std::string& what) {
  throw CheckpointError("is damaged: its zip directory " + what);
}

bool has_magic(const std::uint8_t* bytes, const char (&kind)[3]) {
  return bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == kind[0] && bytes[3] == kind[1];
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
};

Directory read_end64(const ByteSource& source, std::uint64_t locator_at) {
  const auto locator = source.read(locator_at, kLocatorBytes);
  const std::uint64_t at = load_le(&locator[8], 8);
  if (load_le(&locator[4], 4) != 0) damaged("is spread over several disks");
  if (at > locator_at || locator_at - at < kEnd64Bytes) damaged("points outside the file");
  const auto end = source.read(at, kEnd64Bytes);
  if (!has_magic(end.data(), "\x06\x06")) damaged("lacks its 64-bit end record");
  if (load_le(&end[16], 4) != 0 || load_le(&end[20], 4) != 0) {
    damaged("is spread over several disks");
  }
  const Directory directory{load_le(&end[48], 8), load_le(&end[40], 8), load_le(&end[32], 8)};
  if (directory.offset > at || directory.bytes > at - directory.offset) {
    damaged("points outside the file");
  }
  return directory;
}

Directory find_directory(const ByteSource& source) {
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(source.size(), kEndBytes + 0xFFFF);
  const auto tail = source.read(source.size() - tail_bytes, tail_bytes);
  for (std::uint64_t back = kEndBytes; back <= tail_bytes; ++back) {
    const auto* end = tail.data() + (tail_bytes - back);
    if (!has_magic(end, "\x05\x06") || load_le(end + 20, 2) != back - kEndBytes) continue;
    const std::uint64_t at = source.size() - back;
    if (at >= kLocatorBytes) {
      const auto locator = source.read(at - kLocatorBytes, 4);
      if (has_magic(locator.data(), "\x06\x07")) return read_end64(source, at - kLocatorBytes);
    }
    if (load_le(end + 4, 2) != 0 || load_le(end + 6, 2) != 0) {
      damaged("is spread over several disks");
    }
    const Directory directory{load_le(end + 16, 4), load_le(end + 12, 4), load_le(end + 10, 2)};
    if (directory.offset > at || directory.bytes > at - directory.offset) {
      damaged("points outside the file");
    }
    return directory;
  }
  throw CheckpointError("is truncated: the zip directory at its end is missing");
}

/// An entry of the central directory with the position of its local header.
struct Entry {
  ZipRecord record;
  std::uint64_t local_at = 0;
};

/// Sizes and positions of 0xFFFFFFFF stand in the zip64 extra field, in this order.
void apply_zip64(std::span<const std::uint8_t> extra, std::uint64_t& full, std::uint64_t& packed,
                 std::uint64_t& local_at) {
  constexpr std::uint64_t kElsewhere = 0xFFFFFFFF;
  if (full != kElsewhere && packed != kElsewhere && local_at != kElsewhere) return;
  while (extra.size() >= 4) {
    const auto id = load_le(extra.data(), 2);
    const auto bytes = load_le(extra.data() + 2, 2);
    extra = extra.subspan(4);
    if (bytes > extra.size()) break;
    if (id == 1) {
      auto field = extra.first(bytes);
      for (auto* value : {&full, &packed, &local_at}) {
        if (*value != kElsewhere) continue;
        if (field.size() < 8) damaged("has a short 64-bit field");
        *value = load_le(field.data(), 8);
        field = field.subspan(8);
      }
      return;
    }
    extra = extra.subspan(bytes);
  }
  // No such field: 0xFFFFFFFF is meant as it stands, and will not fit the file.
}

/// Parses the entry at the front of `bytes` and moves past it.
Entry take_entry(std::span<const std::uint8_t>& bytes) {
  if (bytes.size() < kEntryBytes) damaged("ends in an entry");
  const auto* head = bytes.data();
  if (!has_magic(head, "\x01\x02")) damaged("has an entry that is none");
  const auto flags = load_le(head + 8, 2);
  const auto method = load_le(head + 10, 2);
  const auto name_bytes = load_le(head + 28, 2);
  const auto extra_bytes = load_le(head + 30, 2);
  const auto comment_bytes = load_le(head + 32, 2);
  std::uint64_t packed = load_le(head + 20, 4);
  Entry entry;
  entry.record.crc32 = static_cast<std::uint32_t>(load_le(head + 16, 4));
  entry.record.bytes = load_le(head + 24, 4);
  entry.local_at = load_le(head + 42, 4);
  if (bytes.size() - kEntryBytes < name_bytes + extra_bytes + comment_bytes) {
    damaged("ends in an entry");
  }
  entry.record.name.assign(reinterpret_cast<const char*>(head) + kEntryBytes, name_bytes);
  apply_zip64(bytes.subspan(kEntryBytes + name_bytes, extra_bytes), entry.record.bytes, packed,
              entry.local_at);
  bytes = bytes.subspan(kEntryBytes + name_bytes + extra_bytes + comment_bytes);

  const std::string shown = "'" + printable(entry.record.name) + "'";
  if (entry.record.name.empty() || entry.record.name.find('\0') != std::string::npos) {
    damaged("has an entry without a proper name");
  }
  if ((flags & 0x2041) != 0) throw CheckpointError("holds an encrypted record, " + shown);
  if (method != 0) {
    throw CheckpointError("holds the compressed record " + shown +
                          "; torch.save stores its records uncompressed");
  }
  if (packed != entry.record.bytes) damaged("gives two sizes for " + shown);
  return entry;
}

/// Finds where the record's bytes start; its local header must tell the same story.
void locate(const ByteSource& source, const Directory& directory, Entry& entry) {
  const std::string shown = "'" + printable(entry.record.name) + "'";
  if (entry.local_at > directory.offset || directory.offset - entry.local_at < kLocalBytes) {
    damaged("puts " + shown + " outside the file");
  }
  const auto head = source.read(entry.local_at, kLocalBytes);
  const auto name_bytes = load_le(&head[26], 2);
  const auto extra_bytes = load_le(&head[28], 2);
  const std::uint64_t room = directory.offset - entry.local_at - kLocalBytes;
  if (!has_magic(head.data(), "\x03\x04") || name_bytes != entry.record.name.size() ||
      name_bytes + extra_bytes > room) {
    damaged("and the local header of " + shown + " disagree");
  }
  const auto name = source.read(entry.local_at + kLocalBytes, name_bytes);
  if (!std::equal(name.begin(), name.end(), entry.record.name.begin(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
    damaged("and the local header of " + shown + " disagree");
  }
  entry.record.offset = entry.local_at + kLocalBytes + name_bytes + extra_bytes;
  if (entry.record.bytes > room - name_bytes - extra_bytes) {
    damaged("gives " + shown + " " + std::to_string(entry.record.bytes) +
            " bytes, more than the file has");
  }
}

}  // namespace

std::vector<ZipRecord> read_zip_directory(const ByteSource& source) {
  const Directory directory = find_directory(source);
  if (directory.bytes > kMostDirectoryBytes || directory.entries > directory.bytes / kEntryBytes) {
    damaged("claims " + std::to_string(directory.entries) + " entries in " +
            std::to_string(directory.bytes) + " bytes");
  }
  const auto bytes = source.read(directory.offset, directory.bytes);
  std::span<const std::uint8_t> rest(bytes);
  std::vector<Entry> entries;
  entries.reserve(directory.entries);
  std::unordered_set<std::string> names;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    entries.push_back(take_entry(rest));
    locate(source, directory, entries.back());
    const auto& name = entries.back().record.name;
    if (!names.insert(name).second) damaged("names '" + printable(name) + "' twice");
  }
  if (!rest.empty()) damaged("has bytes behind its last entry");

  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.local_at < b.local_at; });
  std::vector<ZipRecord> records;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& record = entries[i].record;
    if (i + 1 < entries.size() && record.offset + record.bytes > entries[i + 1].local_at) {
      damaged("lets '" + printable(record.name) + "' and '" +
              printable(entries[i + 1].record.name) + "' overlap");
    }
    records.push_back(record);
  }
  return records;
}

}  // namespace vcisr::tensorfile
