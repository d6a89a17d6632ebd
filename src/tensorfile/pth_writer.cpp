// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "tensorfile/checkpoint_writer.h"
#include "tensorfile/state_dict.h"
#include "tensorfile/zip_writer.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tensorfile {
namespace {

/// Writes a pickle of protocol 2 with the few opcodes that torch.load(weights_only=True) knows.
class PickleWriter {
 public:
  PickleWriter() { raw("\x80\x02"); }

  PickleWriter& raw(std::string_view opcodes) {
    text_ += opcodes;
    return *this;
  }
  PickleWriter& string(const std::string& value) {
    raw("X").number(value.size(), 4);
    return raw(value);
  }
  PickleWriter& integer(std::int64_t value) {
    if (value >= 0 && value < 256) return raw("K").number(static_cast<std::uint64_t>(value), 1);
    if (value >= INT32_MIN && value <= INT32_MAX) {
      return raw("J").number(static_cast<std::uint64_t>(value), 4);
    }
    return raw(std::string_view("\x8a\x08", 2)).number(static_cast<std::uint64_t>(value), 8);
  }
  PickleWriter& integers(at::IntArrayRef values) {
    raw("(");
    for (const auto value : values) integer(value);
    return raw("t");
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  PickleWriter& number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>((value >> (8 * i)) & 255);
    return *this;
  }

  std::string text_;
};

constexpr std::string_view kOrderedDict = "ccollections\nOrderedDict\n)R";

void write_tensor(PickleWriter& pickle, const WritableTensor& item, std::size_t storage) {
  pickle.raw("ctorch._utils\n_rebuild_tensor_v2\n((").string("storage").raw("ctorch\n");
  pickle.raw(item.type->storage).raw("\n").string(std::to_string(storage)).string("cpu");
  pickle.integer(item.tensor.numel()).raw("tQ").integer(0);
  pickle.integers(item.tensor.sizes()).integers(item.tensor.strides());
  pickle.raw("\x89").raw(kOrderedDict).raw("tR");
}

/// The wrapper's key: that of the averaged weights stays, everything else becomes `params`, which
/// every tool of the field opens.
std::string wrapper_key(const Checkpoint& checkpoint) {
  return checkpoint.wrapper.starts_with("params_ema") ? "params_ema" : "params";
}

/// Metadata must not stand where a loader expects weights.
std::string metadata_key(const std::string& key) {
  const auto& taken = wrapper_keys();
  return std::find(taken.begin(), taken.end(), key) == taken.end() ? key : "metadata_" + key;
}

void write_archive(const std::filesystem::path& path, const std::string& pickle,
                   const std::vector<const WritableTensor*>& storages, bool overwrite) {
  CheckpointOutput output(path, overwrite);
  ZipWriter zip(output);
  const auto add_text = [&zip](const std::string& name, const std::string& text) {
    zip.add(name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  add_text("archive/data.pkl", pickle);
  add_text("archive/byteorder", "little");
  for (std::size_t i = 0; i < storages.size(); ++i) {
    zip.add("archive/data/" + std::to_string(i), storages[i]->bytes());
  }
  add_text("archive/version", "3\n");
  zip.finish();
  output.commit();
}

}  // namespace

void write_pth(const std::filesystem::path& path, const Checkpoint& checkpoint, bool overwrite) {
  write_pth(path, {{wrapper_key(checkpoint), checkpoint}}, overwrite);
}

void write_pth(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, Checkpoint>>& dicts, bool overwrite) {
  std::vector<std::vector<WritableTensor>> tensors;
  for (const auto& [key, checkpoint] : dicts) {
    tensors.push_back(make_writable(path, checkpoint));
  }
  // Tensors that are one and the same in memory stay so in the file.
  std::map<std::tuple<const void*, std::size_t, ElementType>, std::size_t> known;
  std::vector<const WritableTensor*> storages;
  PickleWriter pickle;
  pickle.raw("}(");
  for (std::size_t i = 0; i < dicts.size(); ++i) {
    pickle.string(dicts[i].first).raw(kOrderedDict).raw("(");
    for (const auto& item : tensors[i]) {
      const auto identity = std::tuple(static_cast<const void*>(item.tensor.data_ptr()),
                                       item.tensor.nbytes(), item.type->type);
      const auto [found, is_new] = known.try_emplace(identity, storages.size());
      if (is_new || item.tensor.numel() == 0) {
        found->second = storages.size();
        storages.push_back(&item);
      }
      write_tensor(pickle.string(item.name), item, found->second);
    }
    pickle.raw("u");
  }
  for (const auto& [key, value] : dicts.front().second.metadata) {
    if (key == "format") continue;  // Of a .safetensors: "pt".
    pickle.string(to_utf8(metadata_key(key))).string(to_utf8(value));
  }
  pickle.raw("u.");
  write_archive(path, pickle.text(), storages, overwrite);
}

}  // namespace vcisr::tensorfile
