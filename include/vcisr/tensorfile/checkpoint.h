// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace vcisr::tensorfile {

/// Named tensors, in the file's order, and what the file says about them.
struct Checkpoint {
  std::vector<std::pair<std::string, torch::Tensor>>
      tensors;  ///< CPU; keys without wrapper prefixes.
  std::map<std::string, std::string>
      metadata;  ///< safetensors' __metadata__, or plain strings and numbers of a .pth's top level.
  std::string format;   ///< "safetensors" or "pth".
  std::string wrapper;  ///< The key that held the dict ("params_ema", "" if none) and prefixes that
                        ///< were cut, for `vcisr-model info`.

  [[nodiscard]] const torch::Tensor* find(const std::string& key) const;
};

struct CheckpointReadOptions {
  /// Which wrapper to take where a file holds several; empty: model_state_dict, state_dict,
  /// params_ema, params-ema, params, model, net in that order, except that params_ema goes before
  /// all when it is there.
  std::string preferred_wrapper;
  std::int64_t max_bytes = std::int64_t{64} << 30;  ///< Larger files are refused.
};

/// Reads .pth / .pt / .ckpt (torch's zip format) and .safetensors; told from the content, not the
/// name.
///
/// Safety   A .pth is a pickle: only an allow-list of globals is interpreted, nothing is ever
/// imported or executed; every
///          size and offset is checked against the file before memory is taken.
/// The format of before torch 1.6 (pickles one after the other, no zip) is read as well.
/// Memory   The tensors' bytes once; tensors that share a storage in the file share it here.
/// Errors   CheckpointError in one sentence that begins with the path: missing, truncated, damaged
///          (checksums), hostile (names the refused global), TorchScript archive, no tensors.
[[nodiscard]] Checkpoint read_checkpoint(const std::filesystem::path& path,
                                         const CheckpointReadOptions& options = {});

/// Both write atomically and deterministically: the same tensors and metadata give the same bytes.
/// Errors  OutputError: also for a tensor that is there twice or of a type that the formats lack.
void write_safetensors(const std::filesystem::path& path, const Checkpoint& checkpoint,
                       bool overwrite);
/// `{wrapper: OrderedDict}` that torch.load(weights_only=True) opens; the wrapper is params_ema
/// where `checkpoint.wrapper` says so, else params. Metadata stand beside it as strings.
void write_pth(const std::filesystem::path& path, const Checkpoint& checkpoint, bool overwrite);

/// The same with several dicts, as training programs keep them: {params: …, params_ema: …}.
/// Metadata are the first's.
void write_pth(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, Checkpoint>>& dicts, bool overwrite);

/// XXH3 over names, types, shapes and values in the order of the names: the same weights give the
/// same number whatever the file's format and order.
[[nodiscard]] std::uint64_t fingerprint(const Checkpoint& checkpoint);

/// "fp32", "bf16", "int64" …; LibTorch's own name for what model files do not take.
[[nodiscard]] std::string dtype_label(torch::Dtype dtype);

}  // namespace vcisr::tensorfile
