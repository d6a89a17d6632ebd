// SPDX-License-Identifier: Apache-2.0
#include "vcisr/tensorfile/checkpoint.h"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

#include <c10/util/Exception.h>
#include <torch/types.h>

#include "tensorfile/byte_source.h"
#include "tensorfile/checkpoint_index.h"
#include "tensorfile/crc32.h"
#include "tensorfile/element_dtype.h"
#include "vcisr/core/error.h"
#include "vcisr/core/hash.h"
#include "vcisr/core/text.h"

namespace vcisr::tensorfile {
namespace {

/// A storage's bytes in memory of its own, checked by its checksum where the file has one.
torch::Tensor load_storage(const ByteSource& source, const StorageRecord& record) {
  constexpr std::uint64_t kPiece = 1 << 20;  // The checksum finds the piece still in the cache.
  auto bytes = torch::empty({static_cast<std::int64_t>(record.bytes)}, torch::kUInt8);
  const std::span<std::uint8_t> whole(bytes.data_ptr<std::uint8_t>(), record.bytes);
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < record.bytes; at += kPiece) {
    const auto piece = whole.subspan(at, std::min(kPiece, record.bytes - at));
    source.read(record.offset + at, piece);
    if (record.crc32) crc = crc32(piece, crc);
  }
  if (record.crc32 && crc != *record.crc32) {
    throw CheckpointError("is damaged: weights do not match their checksum");
  }
  return bytes;
}

/// A bool that is neither 0 nor 1 is undefined behaviour in whatever reads it.
void check_bools(const torch::Tensor& storage, const std::string& name) {
  const std::span<const std::uint8_t> bytes(storage.data_ptr<std::uint8_t>(),
                                            static_cast<std::size_t>(storage.numel()));
  if (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > 1; })) {
    throw CheckpointError("is damaged: '" + printable(name) + "' holds what is no bool");
  }
}

Checkpoint load(const ByteSource& source, CheckpointIndex index) {
  Checkpoint checkpoint;
  checkpoint.format = std::move(index.format);
  checkpoint.wrapper = std::move(index.wrapper);
  checkpoint.metadata = std::move(index.metadata);
  std::vector<torch::Tensor> storages(index.storages.size());
  for (const auto& record : index.tensors) {
    auto& storage = storages[record.storage];
    if (!storage.defined()) storage = load_storage(source, index.storages[record.storage]);
    if (record.type == ElementType::kBool) check_bools(storage, record.name);
    auto tensor = torch::empty({0}, dtype_of(record.type));
    tensor.set_(storage.storage(), record.first_element, record.sizes, record.strides);
    checkpoint.tensors.emplace_back(record.name, std::move(tensor));
  }
  return checkpoint;
}

}  // namespace

const torch::Tensor* Checkpoint::find(const std::string& key) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&key](const auto& item) { return item.first == key; });
  return found == tensors.end() ? nullptr : &found->second;
}

Checkpoint read_checkpoint(const std::filesystem::path& path,
                           const CheckpointReadOptions& options) {
  try {
    const FileSource source(path);
    if (source.size() > static_cast<std::uint64_t>(std::max<std::int64_t>(options.max_bytes, 0))) {
      throw CheckpointError("has " + format_bytes(static_cast<double>(source.size())) +
                            ", more than the allowed " +
                            format_bytes(static_cast<double>(options.max_bytes)));
    }
    return load(source, read_checkpoint_index(source, options.preferred_wrapper));
  } catch (const CheckpointError& error) {
    throw CheckpointError(path.string() + ": " + error.what());
  } catch (const c10::Error& error) {  // Allocation, mostly.
    throw CheckpointError(path.string() + ": cannot be loaded: " + error.what_without_backtrace());
  }
}

std::string dtype_label(torch::Dtype dtype) {
  const auto* info = element_type_info(element_type_of(dtype));
  return info != nullptr ? std::string(info->label) : c10::toString(dtype);
}

std::uint64_t fingerprint(const Checkpoint& checkpoint) {
  std::map<std::string, const torch::Tensor*> sorted;
  for (const auto& [name, tensor] : checkpoint.tensors) sorted[name] = &tensor;
  std::string summary;  // One line a tensor; its values by their own hash.
  for (const auto& [name, tensor] : sorted) {
    const auto values = tensor->detach().cpu().contiguous();
    summary += name + " " + dtype_label(values.scalar_type());
    for (const auto size : values.sizes()) summary += " " + std::to_string(size);
    const auto* bytes = static_cast<const std::uint8_t*>(values.data_ptr());
    summary += " " + std::to_string(xxh3_64({bytes, values.nbytes()})) + "\n";
  }
  return xxh3_64({reinterpret_cast<const std::uint8_t*>(summary.data()), summary.size()});
}

}  // namespace vcisr::tensorfile
