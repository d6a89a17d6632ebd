// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/zip_writer.h"

#include "tensorfile/crc32.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::uint64_t kElsewhere = 0xFFFFFFFF;  // The value stands in the zip64 field.
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint16_t kNamesAreUtf8 = 0x0800;
constexpr std::uint16_t kFirstOf1980 = 0x0021;
constexpr std::uint16_t kPadding = 0x4246;  // "FB": torch's own padding field.

class Bytes {
 public:
  Bytes& number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) text_ += static_cast<char>((value >> (8 * i)) & 255);
    return *this;
  }
  Bytes& text(std::string_view more) {
    text_ += more;
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// What local header and directory entry have in common, from "version needed" to the sizes.
Bytes& common(Bytes& bytes, std::uint32_t crc, std::uint64_t size, bool is_large) {
  const std::uint64_t shown = size >= kElsewhere ? kElsewhere : size;
  return bytes.number(is_large ? 45 : 20, 2)
      .number(kNamesAreUtf8, 2)
      .number(0, 2)
      .number(0, 2)
      .number(kFirstOf1980, 2)
      .number(crc, 4)
      .number(shown, 4)
      .number(shown, 4);
}

}  // namespace

void ZipWriter::add(const std::string& name, std::span<const std::uint8_t> bytes) {
  const bool is_large = bytes.size() >= kElsewhere;
  const Entry entry{name, bytes.size(), output_.position(), crc32(bytes)};
  Bytes large;
  if (is_large) large.number(1, 2).number(16, 2).number(bytes.size(), 8).number(bytes.size(), 8);
  const std::uint64_t bare = entry.local_at + 30 + name.size() + large.str().size() + 4;
  const std::uint64_t padding = (kAlignment - bare % kAlignment) % kAlignment;
  Bytes header;
  header.text("PK\x03\x04");
  common(header, entry.crc32, bytes.size(), is_large)
      .number(name.size(), 2)
      .number(large.str().size() + 4 + padding, 2)
      .text(name)
      .text(large.str())
      .number(kPadding, 2)
      .number(padding, 2)
      .text(std::string(padding, 'Z'));
  output_.write(header.str());
  output_.write(bytes);
  entries_.push_back(entry);
}

void ZipWriter::finish() {
  const std::uint64_t start = output_.position();
  for (const auto& entry : entries_) {
    Bytes large;
    if (entry.bytes >= kElsewhere) large.number(entry.bytes, 8).number(entry.bytes, 8);
    const bool is_far = entry.local_at >= kElsewhere;
    if (is_far) large.number(entry.local_at, 8);
    const bool is_large = !large.str().empty();
    Bytes header;
    header.text("PK\x01\x02").number(is_large ? 45 : 20, 2);
    common(header, entry.crc32, entry.bytes, is_large)
        .number(entry.name.size(), 2)
        .number(is_large ? large.str().size() + 4 : 0, 2)
        .number(0, 2)
        .number(0, 2)
        .number(0, 2)
        .number(0, 4)
        .number(is_far ? kElsewhere : entry.local_at, 4)
        .text(entry.name);
    if (is_large) header.number(1, 2).number(large.str().size(), 2).text(large.str());
    output_.write(header.str());
  }
  const std::uint64_t end = output_.position();
  const std::uint64_t count = entries_.size();
  const bool needs_64 = count >= 0xFFFF || end >= kElsewhere;
  Bytes tail;
  if (needs_64) {
    tail.text("PK\x06\x06").number(44, 8).number(45, 2).number(45, 2).number(0, 4).number(0, 4);
    tail.number(count, 8).number(count, 8).number(end - start, 8).number(start, 8);
    tail.text("PK\x06\x07").number(0, 4).number(end, 8).number(1, 4);
  }
  tail.text("PK\x05\x06").number(0, 4);
  tail.number(needs_64 ? 0xFFFF : count, 2).number(needs_64 ? 0xFFFF : count, 2);
  tail.number(needs_64 ? kElsewhere : end - start, 4).number(needs_64 ? kElsewhere : start, 4);
  tail.number(0, 2);
  output_.write(tail.str());
}

}  // namespace vcisr::tensorfile
