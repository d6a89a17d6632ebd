// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "tensorfile/checkpoint_writer.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tensorfile {

void write_safetensors(const std::filesystem::path& path, const Checkpoint& checkpoint,
                       bool overwrite) {
  auto tensors = make_writable(path, checkpoint);
  // Wide types first: every tensor then starts at a multiple of its element size.
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const WritableTensor& a, const WritableTensor& b) {
                     return a.type->bytes > b.type->bytes;
                   });
  nlohmann::ordered_json header;
  auto& metadata = header["__metadata__"];
  metadata["format"] = "pt";  // What Python's loaders ask for.
  for (const auto& [key, value] : checkpoint.metadata) metadata[to_utf8(key)] = to_utf8(value);
  std::uint64_t offset = 0;
  for (const auto& item : tensors) {
    const std::uint64_t end = offset + item.tensor.nbytes();
    header[item.name] = {{"dtype", item.type->safetensors},
                         {"shape", item.tensor.sizes().vec()},
                         {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');

  CheckpointOutput output(path, overwrite);
  std::array<std::uint8_t, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) {
    length[i] = static_cast<std::uint8_t>(std::uint64_t{text.size()} >> (8 * i));
  }
  output.write(length);
  output.write(text);
  for (const auto& item : tensors) output.write(item.bytes());
  output.commit();
}

}  // namespace vcisr::tensorfile
