// SPDX-License-Identifier: Apache-2.0
#include "media/image_exif.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "media/image_metadata.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kEntryBytes = 12;

constexpr std::uint32_t kShort = 3;
constexpr std::uint32_t kLong = 4;

constexpr std::uint32_t kImageWidth = 0x0100;
constexpr std::uint32_t kImageLength = 0x0101;
constexpr std::uint32_t kOrientation = 0x0112;
constexpr std::uint32_t kExifDirectory = 0x8769;
constexpr std::uint32_t kGpsDirectory = 0x8825;
constexpr std::uint32_t kPixelXDimension = 0xA002;
constexpr std::uint32_t kPixelYDimension = 0xA003;
constexpr std::uint32_t kInteropDirectory = 0xA005;

// DocumentName, ImageDescription, Make, Model, X- and YResolution, ResolutionUnit, Software,
// DateTime, Artist, HostComputer, Rating, RatingPercent, Copyright, XPTitle … XPSubject.
constexpr std::array<std::uint32_t, 19> kDescriptiveTags = {
    0x010D, 0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B,
    0x013C, 0x4746, 0x4749, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F};

std::size_t type_bytes(std::uint32_t type) {
  constexpr std::array<std::size_t, 14> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type < kSizes.size() ? kSizes[type] : 0;
}

/// Loads and stores in the stream's byte order.
struct ByteOrder {
  bool big = false;

  [[nodiscard]] std::uint32_t u16(ByteSpan b, std::size_t at) const {
    return big ? load_u16_be(b, at) : load_u16_le(b, at);
  }
  [[nodiscard]] std::uint32_t u32(ByteSpan b, std::size_t at) const {
    return big ? load_u32_be(b, at) : load_u32_le(b, at);
  }
  void store(Bytes& b, std::size_t at, std::uint32_t value, std::size_t size) const {
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t shift = 8 * (big ? size - 1 - i : i);
      b[at + i] = static_cast<std::uint8_t>(value >> shift);
    }
  }
};

std::optional<ByteOrder> byte_order(ByteSpan tiff) {
  if (tiff.size() < kHeaderBytes) return std::nullopt;
  if (has_text(tiff, 0, std::string_view("II*\0", 4))) return ByteOrder{false};
  if (has_text(tiff, 0, std::string_view("MM\0*", 4))) return ByteOrder{true};
  return std::nullopt;
}

/// Offsets of the entries of the directory at `offset`; none if it does not lie in the bytes.
std::vector<std::size_t> entry_offsets(ByteSpan tiff, ByteOrder order, std::size_t offset) {
  std::vector<std::size_t> entries;
  if (offset < kHeaderBytes || offset + 2 > tiff.size()) return entries;
  const std::size_t count = order.u16(tiff, offset);
  if ((tiff.size() - offset - 2) / kEntryBytes < count) return entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) entries.push_back(offset + 2 + i * kEntryBytes);
  return entries;
}

std::optional<std::size_t> find_entry(ByteSpan tiff, ByteOrder order, std::size_t directory,
                                      std::uint32_t tag) {
  for (const std::size_t at : entry_offsets(tiff, order, directory)) {
    if (order.u16(tiff, at) == tag) return at;
  }
  return std::nullopt;
}

/// The number of an entry that holds one SHORT or LONG.
std::optional<std::uint32_t> number(ByteSpan tiff, ByteOrder order, std::size_t entry) {
  if (order.u32(tiff, entry + 4) != 1) return std::nullopt;
  const auto type = order.u16(tiff, entry + 2);
  if (type == kShort) return order.u16(tiff, entry + 8);
  if (type_bytes(type) == 4) return order.u32(tiff, entry + 8);
  return std::nullopt;
}

/// The four value bytes of an entry hold a LONG as well as a SHORT, so the type may grow in place.
void set_number(Bytes& tiff, ByteOrder order, std::size_t entry, std::uint32_t value) {
  auto type = order.u16(tiff, entry + 2);
  if (type == kShort && value > 0xFFFF) {
    type = kLong;
    order.store(tiff, entry + 2, type, 2);
  }
  order.store(tiff, entry + 8, 0, 4);
  order.store(tiff, entry + 8, value, type == kShort ? 2 : 4);
}

enum class DirectoryKind { kFirst, kExif, kGps, kInterop };

std::optional<DirectoryKind> pointed_kind(DirectoryKind kind, std::uint32_t tag) {
  if (kind == DirectoryKind::kFirst && tag == kExifDirectory) return DirectoryKind::kExif;
  if (kind == DirectoryKind::kFirst && tag == kGpsDirectory) return DirectoryKind::kGps;
  if (kind == DirectoryKind::kExif && tag == kInteropDirectory) return DirectoryKind::kInterop;
  return std::nullopt;
}

/// `budget` bounds what hostile directories, whose values overlap, can make of a small file.
std::vector<ExifEntry> read_directory(ByteSpan tiff, ByteOrder order, std::size_t offset,
                                      DirectoryKind kind, std::size_t& budget) {
  std::vector<ExifEntry> entries;
  for (const std::size_t at : entry_offsets(tiff, order, offset)) {
    ExifEntry entry{order.u16(tiff, at), order.u16(tiff, at + 2), order.u32(tiff, at + 4), {}, {}};
    if (const auto sub = pointed_kind(kind, entry.tag)) {
      const auto target = number(tiff, order, at);
      if (target) entry.directory = read_directory(tiff, order, *target, *sub, budget);
      if (!entry.directory.empty()) entries.push_back(std::move(entry));
      continue;
    }
    if (kind == DirectoryKind::kFirst && std::find(kDescriptiveTags.begin(), kDescriptiveTags.end(),
                                                   entry.tag) == kDescriptiveTags.end()) {
      continue;
    }
    const std::size_t size = type_bytes(entry.type);
    if (size == 0 || entry.count == 0 || entry.count > budget / size) continue;
    const std::size_t bytes = size * entry.count;
    const std::size_t from = bytes <= 4 ? at + 8 : order.u32(tiff, at + 8);
    if (from > tiff.size() || tiff.size() - from < bytes) continue;
    budget -= bytes;
    const auto value = tiff.subspan(from, bytes);
    entry.value.assign(value.begin(), value.end());
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ExifEntry& a, const ExifEntry& b) { return a.tag < b.tag; });
  return entries;
}

void align(Bytes& out) {
  if (out.size() % 2 != 0) out.push_back(0);
}

/// Returns the offset of the directory in `out`; values and directories below follow it.
std::uint32_t append_directory(Bytes& out, ByteOrder order, const std::vector<ExifEntry>& entries);

void append_entry_value(Bytes& out, ByteOrder order, const ExifEntry& entry, std::size_t at) {
  if (!entry.directory.empty()) {
    const auto offset = append_directory(out, order, entry.directory);
    order.store(out, at + 8, offset, 4);
  } else if (entry.value.size() <= 4) {
    std::copy(entry.value.begin(), entry.value.end(),
              out.begin() + static_cast<std::ptrdiff_t>(at + 8));
  } else {
    align(out);
    order.store(out, at + 8, static_cast<std::uint32_t>(out.size()), 4);
    append(out, entry.value);
  }
}

std::uint32_t append_directory(Bytes& out, ByteOrder order, const std::vector<ExifEntry>& entries) {
  align(out);
  const std::size_t start = out.size();
  out.resize(start + 2 + entries.size() * kEntryBytes + 4);
  order.store(out, start, static_cast<std::uint32_t>(entries.size()), 2);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    const std::size_t at = start + 2 + i * kEntryBytes;
    order.store(out, at, entry.tag, 2);
    order.store(out, at + 2, entry.directory.empty() ? entry.type : kLong, 2);
    order.store(out, at + 4, entry.directory.empty() ? entry.count : 1, 4);
    append_entry_value(out, order, entry, at);
  }
  return static_cast<std::uint32_t>(start);
}

std::size_t bytes_of(const std::vector<ExifEntry>& entries) {
  std::size_t total = 8;  // count, next offset, alignment
  for (const auto& entry : entries) {
    total += kEntryBytes + entry.value.size() + 1 + bytes_of(entry.directory);
  }
  return total;
}

}  // namespace

bool is_exif(ByteSpan exif) {
  const auto order = byte_order(exif);
  return order && !entry_offsets(exif, *order, order->u32(exif, 4)).empty();
}

int exif_orientation(ByteSpan exif) {
  const auto order = byte_order(exif);
  if (!order) return 1;
  const auto entry = find_entry(exif, *order, order->u32(exif, 4), kOrientation);
  const auto value = entry ? number(exif, *order, *entry) : std::nullopt;
  return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
}

void reset_exif_orientation(Bytes& exif) {
  const auto order = byte_order(exif);
  if (!order) return;
  const auto entry = find_entry(exif, *order, order->u32(exif, 4), kOrientation);
  if (entry && number(exif, *order, *entry)) set_number(exif, *order, *entry, 1);
}

bool has_exif_thumbnail(ByteSpan exif) {
  const auto order = byte_order(exif);
  if (!order) return false;
  const auto entries = entry_offsets(exif, *order, order->u32(exif, 4));
  if (entries.empty()) return false;
  const std::size_t next = entries.back() + kEntryBytes;
  return next + 4 <= exif.size() && order->u32(exif, next) != 0;
}

void set_exif_size(Bytes& exif, std::int64_t width, std::int64_t height) {
  const auto order = byte_order(exif);
  if (!order || width > std::numeric_limits<std::int32_t>::max() ||
      height > std::numeric_limits<std::int32_t>::max()) {
    return;
  }
  const auto set = [&](std::size_t directory, std::uint32_t tag, std::int64_t value) {
    const auto entry = find_entry(exif, *order, directory, tag);
    if (entry && number(exif, *order, *entry)) {
      set_number(exif, *order, *entry, static_cast<std::uint32_t>(value));
    }
  };
  const std::size_t first = order->u32(exif, 4);
  set(first, kImageWidth, width);
  set(first, kImageLength, height);
  const auto pointer = find_entry(exif, *order, first, kExifDirectory);
  const auto below = pointer ? number(exif, *order, *pointer) : std::nullopt;
  if (!below) return;
  set(*below, kPixelXDimension, width);
  set(*below, kPixelYDimension, height);
}

std::optional<ExifContent> extract_exif(ByteSpan tiff) {
  const auto order = byte_order(tiff);
  if (!order) return std::nullopt;
  std::size_t budget = kMaxMetadataBytes;
  ExifContent content{
      order->big, read_directory(tiff, *order, order->u32(tiff, 4), DirectoryKind::kFirst, budget)};
  if (content.entries.empty()) return std::nullopt;
  return content;
}

Bytes build_exif(const ExifContent& content) {
  const ByteOrder order{content.big_endian};
  Bytes out(kHeaderBytes);
  out[0] = out[1] = order.big ? 'M' : 'I';
  order.store(out, 2, 42, 2);
  order.store(out, 4, kHeaderBytes, 4);
  append_directory(out, order, content.entries);
  return out;
}

bool add_exif_to_tiff(Bytes& tiff, const ExifContent& content) {
  const auto order = byte_order(tiff);
  if (!order || order->big != content.big_endian) return false;
  // A new first directory at the end of the file. The values of the old entries stay where they
  // are: their four bytes, value or offset, are taken over as they stand.
  auto entries = content.entries;
  for (const std::size_t at : entry_offsets(tiff, *order, order->u32(tiff, 4))) {
    const auto tag = order->u16(tiff, at);
    std::erase_if(entries, [tag](const ExifEntry& entry) { return entry.tag == tag; });
    const auto raw = ByteSpan(tiff).subspan(at + 8, 4);
    entries.push_back(
        {tag, order->u16(tiff, at + 2), order->u32(tiff, at + 4), {raw.begin(), raw.end()}, {}});
  }
  if (tiff.size() + bytes_of(entries) > 0xFFFFFFFFu) return false;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ExifEntry& a, const ExifEntry& b) { return a.tag < b.tag; });
  const auto start = append_directory(tiff, *order, entries);
  order->store(tiff, 4, start, 4);
  return true;
}

}  // namespace vcisr::media
