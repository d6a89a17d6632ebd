// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/checkpoint_writer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "tensorfile/byte_source.h"
#include "tensorfile/element_dtype.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {

CheckpointOutput::CheckpointOutput(const std::filesystem::path& path, bool overwrite)
    : file_(path, overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse),
      stream_(file_.temporary_path(), std::ios::binary | std::ios::trunc) {
  if (!stream_) fail();
}

void CheckpointOutput::write(std::span<const std::uint8_t> bytes) {
  stream_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
  if (!stream_) fail();
  position_ += bytes.size();
}

void CheckpointOutput::write(std::string_view text) {
  write(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void CheckpointOutput::write_zeros(std::size_t count) {
  const std::vector<std::uint8_t> zeros(count);
  write(zeros);
}

void CheckpointOutput::commit() {
  stream_.close();
  if (!stream_) fail();
  file_.commit();
}

void CheckpointOutput::fail() const {
  throw OutputError(file_.final_path().string() + ": writing failed: " + std::strerror(errno));
}

std::span<const std::uint8_t> WritableTensor::bytes() const {
  return {static_cast<const std::uint8_t*>(tensor.data_ptr()), tensor.nbytes()};
}

std::vector<WritableTensor> make_writable(const std::filesystem::path& path,
                                          const Checkpoint& checkpoint) {
  std::vector<WritableTensor> writable;
  std::unordered_set<std::string> names;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const std::string subject = path.string() + ": tensor '" + printable(name) + "' ";
    if (name.empty() || to_utf8(name) != name) {
      throw OutputError(subject + "has no proper name");
    }
    if (!names.insert(name).second) throw OutputError(subject + "is there twice");
    if (!tensor.defined()) throw OutputError(subject + "is undefined");
    const auto* type = element_type_info(element_type_of(tensor.scalar_type()));
    if (type == nullptr || tensor.layout() != torch::kStrided) {
      throw OutputError(
          subject + "is of a type that model files do not take: " + std::string(tensor.toString()));
    }
    writable.push_back({name, tensor.detach().cpu().contiguous(), type});
  }
  return writable;
}

std::string to_utf8(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace vcisr::tensorfile
