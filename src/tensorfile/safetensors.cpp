// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/safetensors.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // The format's own limit.

[[noreturn]] void damaged(const std::string& what) {
  throw CheckpointError("is damaged: its safetensors header " + what);
}

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> offsets;
};

/// Takes the header event by event: no tree of a hostile file is ever built, and a key that stands
/// twice is seen. {name: {dtype: "F32", shape: [..], data_offsets: [..]}, __metadata__: {..}}
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;

  bool null() override { return unexpected(); }
  bool boolean(bool) override { return unexpected(); }
  bool number_float(double, const std::string&) override { return unexpected(); }
  bool binary(binary_t&) override { return unexpected(); }
  bool number_integer(std::int64_t value) override { return number(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) damaged("has a number that overflows");
    return number(static_cast<std::int64_t>(value));
  }

  bool string(std::string& value) override {
    if (depth_ != 2) return unexpected();
    if (in_metadata_) {
      if (!metadata.emplace(field_, value).second)
        damaged("gives '" + printable(field_) + "' twice");
      return true;
    }
    if (field_ != "dtype") return unexpected();
    entries.back().dtype = value;
    return true;
  }

  bool key(std::string& name) override {
    field_ = name;
    if (depth_ == 1) {
      if (!names_.insert(name).second) damaged("names '" + printable(name) + "' twice");
      in_metadata_ = name == "__metadata__";
      if (!in_metadata_) entries.push_back({.name = name});
      fields_.clear();
    } else if (!in_metadata_) {
      if (name != "dtype" && name != "shape" && name != "data_offsets") {
        damaged("has the unknown field '" + printable(name) + "'");
      }
      if (!fields_.insert(name).second) damaged("gives '" + name + "' of a tensor twice");
    }
    return true;
  }

  bool start_object(std::size_t) override { return ++depth_ <= 2 || unexpected(); }
  bool end_object() override {
    if (depth_ == 2 && !in_metadata_ && fields_.size() != 3) {
      damaged("lacks dtype, shape or data_offsets of '" + printable(entries.back().name) + "'");
    }
    --depth_;
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || in_array_ || field_ == "dtype") return unexpected();
    in_array_ = true;
    return true;
  }
  bool end_array() override {
    in_array_ = false;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    damaged("is no JSON from its byte " + std::to_string(position) + " on");
  }

 private:
  bool number(std::int64_t value) {
    if (!in_array_) return unexpected();
    auto& list = field_ == "shape" ? entries.back().shape : entries.back().offsets;
    if (list.size() >= 64) damaged("has a tensor of too many dimensions");
    list.push_back(value);
    return true;
  }
  bool unexpected() {
    damaged("has a value of the wrong kind at '" + printable(field_) + "'");
    return false;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  bool in_array_ = false;
  std::string field_;
  std::set<std::string> fields_;
  std::unordered_set<std::string> names_;
};

const ElementTypeInfo& find_dtype(const Entry& entry) {
  for (const auto& info : kElementTypes) {
    if (info.safetensors == entry.dtype) return info;
  }
  throw CheckpointError("holds '" + printable(entry.name) + "' as " + printable(entry.dtype) +
                        ", which is not supported");
}

}  // namespace

CheckpointIndex read_safetensors_index(const ByteSource& source) {
  const auto head = source.read(0, 8);
  const std::uint64_t header_bytes = load_le(head.data(), 8);
  if (header_bytes > kMostHeaderBytes || header_bytes > source.size() - 8) {
    damaged("claims " + std::to_string(header_bytes) + " bytes and the file has " +
            std::to_string(source.size()));
  }
  const auto header = source.read(8, header_bytes);
  const std::uint64_t data_at = 8 + header_bytes;
  const std::uint64_t data_bytes = source.size() - data_at;
  HeaderReader reader;
  nlohmann::json::sax_parse(header.begin(), header.end(), &reader);

  auto& entries = reader.entries;
  for (const auto& entry : entries) {
    const bool proper = entry.offsets.size() == 2 && entry.offsets[0] >= 0 &&
                        entry.offsets[0] <= entry.offsets[1] &&
                        static_cast<std::uint64_t>(entry.offsets[1]) <= data_bytes;
    if (!proper) damaged("puts '" + printable(entry.name) + "' outside the file");
    if (entry.name.empty()) damaged("has a tensor without a name");
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
  CheckpointIndex index;
  index.format = "safetensors";
  index.metadata = std::move(reader.metadata);
  std::int64_t end = 0;
  for (auto& entry : entries) {
    const auto& type = find_dtype(entry);
    const auto bytes = entry.offsets[1] - entry.offsets[0];
    const auto count = checked_element_count(entry.shape);
    if (entry.offsets[0] != end)
      damaged("leaves a hole or an overlap before '" + printable(entry.name) + "'");
    if (count != bytes / type.bytes || bytes % type.bytes != 0) {
      damaged("gives '" + printable(entry.name) + "' " + std::to_string(bytes) + " bytes for " +
              std::to_string(count) + " elements of " + std::string(type.safetensors));
    }
    end = entry.offsets[1];
    index.storages.push_back({.offset = data_at + static_cast<std::uint64_t>(entry.offsets[0]),
                              .bytes = static_cast<std::uint64_t>(bytes)});
    index.tensors.push_back({.name = std::move(entry.name),
                             .type = type.type,
                             .sizes = entry.shape,
                             .strides = contiguous_strides(entry.shape),
                             .storage = index.storages.size() - 1});
  }
  if (static_cast<std::uint64_t>(end) != data_bytes) {
    throw CheckpointError("is damaged: " + std::to_string(data_bytes) +
                          " bytes of data, its header describes " + std::to_string(end));
  }
  return index;
}

}  // namespace vcisr::tensorfile
