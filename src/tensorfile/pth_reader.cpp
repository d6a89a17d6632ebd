// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/pth_reader.h"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <utility>

#include "tensorfile/crc32.h"
#include "tensorfile/pickle.h"
#include "tensorfile/state_dict.h"
#include "tensorfile/zip_reader.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::uint64_t kMostPickleBytes = std::uint64_t{256} << 20;
constexpr int kNewestZipVersion = 10;  // PyTorch's kMaxSupportedFileFormatVersion.
// The pickle of 0x1950a86a20f9469cfc6c, the magic number of torch.save before 1.6.
constexpr std::array<std::uint8_t, 15> kLegacyMagic = {
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};

/// Bytes of a storage. Errors  where its size overflows; types we cannot read count as one byte.
std::uint64_t storage_bytes(const PickleStorage& storage) {
  const auto* info = element_type_info(storage.type);
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(storage.elements, std::int64_t{info != nullptr ? info->bytes : 1},
                             &bytes)) {
    throw CheckpointError("is damaged: a storage has " + std::to_string(storage.elements) +
                          " elements");
  }
  return static_cast<std::uint64_t>(bytes);
}

/// The index of what the state dict needs; `locate` finds a storage's record, once for each.
CheckpointIndex make_index(const PickleGraph& graph, const std::string& preferred_wrapper,
                           const std::function<StorageRecord(const PickleStorage&)>& locate) {
  CheckpointIndex index;
  index.format = "pth";
  index.metadata = top_level_values(graph);
  auto state = find_state_dict(graph, preferred_wrapper);
  index.wrapper = std::move(state.wrapper);
  std::unordered_map<std::string, std::size_t> known;
  for (auto& [name, number] : state.tensors) {
    const auto& tensor = graph.tensors[number];
    const auto& storage = graph.storages[tensor.storage];
    const auto [found, is_new] = known.try_emplace(storage.key, index.storages.size());
    if (is_new) index.storages.push_back(locate(storage));
    if (storage_bytes(storage) > index.storages[found->second].bytes) {
      throw CheckpointError("is damaged: storage '" + printable(storage.key) + "' has " +
                            std::to_string(index.storages[found->second].bytes) + " bytes, " +
                            std::to_string(storage_bytes(storage)) + " are needed");
    }
    index.tensors.push_back({.name = std::move(name),
                             .type = tensor.type,
                             .sizes = tensor.sizes,
                             .strides = tensor.strides,
                             .first_element = tensor.first_element,
                             .storage = found->second});
  }
  return index;
}

using Records = std::unordered_map<std::string, ZipRecord>;

/// A record whole, checked by its checksum where torch.save computed one.
std::vector<std::uint8_t> read_record(const ByteSource& source, const ZipRecord& record,
                                      std::uint64_t most_bytes) {
  if (record.bytes > most_bytes) {
    throw CheckpointError("is damaged: its record '" + printable(record.name) + "' has " +
                          std::to_string(record.bytes) + " bytes");
  }
  auto bytes = source.read(record.offset, record.bytes);
  if (record.crc32 != 0 && crc32(bytes) != record.crc32) {
    throw CheckpointError("is damaged: its record '" + printable(record.name) +
                          "' does not match its checksum");
  }
  return bytes;
}

/// The folder that all records lie in, with the slash: "archive/", "net_g_latest/".
std::string find_folder(const std::vector<ZipRecord>& records) {
  static constexpr std::string_view kPickle = "/data.pkl";
  std::string folder;
  for (const auto& record : records) {
    if (!record.name.ends_with(kPickle)) continue;
    if (!folder.empty()) throw CheckpointError("is damaged: it holds two records data.pkl");
    folder = record.name.substr(0, record.name.size() - kPickle.size() + 1);
  }
  if (folder.empty()) {
    throw CheckpointError("is a zip archive, but none that torch.save wrote (it lacks data.pkl)");
  }
  return folder;
}

void check_archive(const ByteSource& source, const Records& records, const std::string& folder) {
  const auto small_text = [&](const std::string& name) {
    const auto found = records.find(folder + name);
    if (found == records.end()) return std::string();
    const auto bytes = read_record(source, found->second, 64);
    return std::string(bytes.begin(), bytes.end());
  };
  if (const auto order = small_text("byteorder"); !order.empty() && order != "little") {
    throw CheckpointError("was saved on a big-endian machine (byteorder '" + printable(order) +
                          "'), which is not supported");
  }
  auto version = small_text("version");
  while (!version.empty() && (version.back() == '\n' || version.back() == ' ')) version.pop_back();
  const bool is_number =
      version.size() <= 3 &&
      std::all_of(version.begin(), version.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!version.empty() && (!is_number || std::stoi(version) > kNewestZipVersion)) {
    throw CheckpointError("has the format version '" + printable(version) + "', up to " +
                          std::to_string(kNewestZipVersion) + " is read");
  }
}

}  // namespace

CheckpointIndex read_zipped_pth_index(const ByteSource& source,
                                      const std::string& preferred_wrapper) {
  const auto directory = read_zip_directory(source);
  const auto folder = find_folder(directory);
  Records records;
  for (const auto& record : directory) {
    if (record.name == folder + "constants.pkl" || record.name.starts_with(folder + "code/")) {
      throw CheckpointError(
          "is a TorchScript program, not a state dict: save module.state_dict() with torch.save");
    }
    records.emplace(record.name, record);
  }
  check_archive(source, records, folder);
  const auto pickle = read_record(source, records.at(folder + "data.pkl"), kMostPickleBytes);
  const auto graph = read_pickle(pickle);
  return make_index(graph, preferred_wrapper, [&](const PickleStorage& storage) {
    const auto found = records.find(folder + "data/" + storage.key);
    if (found == records.end()) {
      throw CheckpointError("is damaged: it lacks the record of storage '" +
                            printable(storage.key) + "'");
    }
    const auto& record = found->second;
    StorageRecord place{.offset = record.offset, .bytes = record.bytes};
    if (record.crc32 != 0) place.crc32 = record.crc32;
    return place;
  });
}

bool is_legacy_pth(std::span<const std::uint8_t> head) {
  return head.size() >= kLegacyMagic.size() &&
         std::equal(kLegacyMagic.begin(), kLegacyMagic.end(), head.begin());
}

CheckpointIndex read_legacy_pth_index(const ByteSource& source,
                                      const std::string& preferred_wrapper) {
  // The pickles' length is nowhere written: what may hold them is taken as a whole.
  const auto bytes = source.read(0, std::min(source.size(), kMostPickleBytes));
  std::size_t position = kLegacyMagic.size();
  const auto next = [&] {
    auto graph = read_pickle(std::span(bytes).subspan(position));
    position += graph.bytes_read;
    return graph;
  };
  const auto version = next();
  if (version.at(version.root).integer != 1001) {
    throw CheckpointError("has an unknown version of the format of before torch 1.6");
  }
  (void)next();  // Sizes of C types on the machine that wrote it.
  const auto graph = next();
  const auto keys = next();

  // A list of keys, then for each: the number of elements, the elements.
  std::unordered_map<std::string, const PickleStorage*> storages;
  for (const auto& storage : graph.storages) storages.try_emplace(storage.key, &storage);
  std::unordered_map<std::string, StorageRecord> places;
  std::uint64_t at = position;
  for (const auto id : keys.at(keys.root).items) {
    const auto& key = keys.at(id).text;
    const auto known = storages.find(key);
    if (known == storages.end()) {
      throw CheckpointError("is damaged: nothing refers to its storage '" + printable(key) + "'");
    }
    const auto head = source.read(at, 8);
    const std::uint64_t count = load_le(head.data(), 8);
    const std::uint64_t size = storage_bytes(*known->second);
    at += 8;
    if (count != static_cast<std::uint64_t>(known->second->elements) || size > source.size() - at) {
      throw CheckpointError("is truncated or damaged: storage '" + printable(key) + "' has " +
                            std::to_string(count) + " elements");
    }
    if (known->second->type == ElementType::kUnsupported) {
      throw CheckpointError("holds " + printable(known->second->type_name) +
                            ", which is not supported in files of before torch 1.6");
    }
    places[key] = {.offset = at, .bytes = size};
    at += size;
  }
  return make_index(graph, preferred_wrapper, [&](const PickleStorage& storage) {
    const auto found = places.find(storage.key);
    if (found == places.end()) {
      throw CheckpointError("is damaged: it lacks storage '" + printable(storage.key) + "'");
    }
    return found->second;
  });
}

}  // namespace vcisr::tensorfile
