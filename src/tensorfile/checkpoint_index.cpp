// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/checkpoint_index.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tensorfile/pth_reader.h"
#include "tensorfile/safetensors.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 62;
constexpr std::size_t kMostDimensions = 16;

bool starts_with(const std::vector<std::uint8_t>& head, std::string_view magic) {
  return head.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), head.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

[[noreturn]] void refuse_unknown(const std::vector<std::uint8_t>& head) {
  std::string what = "is no model file: neither .safetensors nor a .pth that torch.save wrote";
  if (head.empty()) what = "is empty";
  if (starts_with(head, "version https://git-lfs")) {
    what = "is a Git LFS pointer, not the weights: run 'git lfs pull' where it came from";
  }
  if (starts_with(head, "<!") || starts_with(head, "<html")) {
    what = "is a web page, not a model file: the download went wrong";
  }
  throw CheckpointError(what);
}

/// A hostile index can let many tensors view the same bytes: what it unfolds to stays in proportion
/// to the file.
void check_unfolded_size(const CheckpointIndex& index, std::uint64_t file_bytes) {
  const double most = 16.0 * static_cast<double>(file_bytes) + (1 << 20);
  double total = 0;
  for (const auto& tensor : index.tensors) {
    const auto* info = element_type_info(tensor.type);
    total += static_cast<double>(checked_element_count(tensor.sizes)) * (info ? info->bytes : 16);
  }
  if (total > most) {
    throw CheckpointError("holds tensors that unfold to " + std::to_string(total / (1 << 20)) +
                          " MiB, far more than the file has");
  }
}

bool all_carry(const std::vector<TensorRecord>& tensors, std::string_view prefix) {
  return std::all_of(tensors.begin(), tensors.end(), [prefix](const TensorRecord& tensor) {
    return tensor.name.size() > prefix.size() && tensor.name.starts_with(prefix);
  });
}

bool number_follows(const TensorRecord& tensor, std::string_view prefix) {
  return std::isdigit(static_cast<unsigned char>(tensor.name[prefix.size()])) != 0;
}

/// Keeps only what carries the prefix, where something does and something does not.
bool keep_only(std::vector<TensorRecord>& tensors, std::string_view prefix) {
  const auto carries = [prefix](const TensorRecord& tensor) {
    return tensor.name.starts_with(prefix);
  };
  const auto count = std::count_if(tensors.begin(), tensors.end(), carries);
  if (count == 0 || count == static_cast<std::ptrdiff_t>(tensors.size())) return false;
  std::erase_if(tensors, [&](const TensorRecord& tensor) { return !carries(tensor); });
  return true;
}

}  // namespace

CheckpointIndex read_checkpoint_index(const ByteSource& source,
                                      const std::string& preferred_wrapper) {
  const auto head = source.read(0, std::min<std::uint64_t>(source.size(), 32));
  CheckpointIndex index;
  if (starts_with(head, "PK\x03\x04") || starts_with(head, "PK\x05\x06")) {
    index = read_zipped_pth_index(source, preferred_wrapper);
  } else if (is_legacy_pth(head)) {
    index = read_legacy_pth_index(source, preferred_wrapper);
  } else if (head.size() > 8 && head[8] == '{') {
    index = read_safetensors_index(source);
  } else {
    refuse_unknown(head);
  }
  if (index.tensors.empty()) throw CheckpointError("holds no tensors");
  check_unfolded_size(index, source.size());
  const std::string cut = cut_prefixes(index.tensors);
  if (!cut.empty()) index.wrapper += (index.wrapper.empty() ? "" : "; ") + cut;
  return index;
}

std::int64_t checked_element_count(const std::vector<std::int64_t>& sizes) {
  if (sizes.size() > kMostDimensions) {
    throw CheckpointError("holds a tensor of " + std::to_string(sizes.size()) + " dimensions");
  }
  std::int64_t count = 1;
  bool overflow = false;
  for (const auto size : sizes) {
    if (size < 0) throw CheckpointError("holds a tensor of size " + std::to_string(size));
    // A zero later in the list must not excuse what overflows before it.
    overflow |= __builtin_mul_overflow(count, std::max<std::int64_t>(size, 1), &count);
  }
  if (overflow || count > kMostElements) {
    throw CheckpointError("holds a tensor whose sizes overflow");
  }
  return std::find(sizes.begin(), sizes.end(), 0) == sizes.end() ? count : 0;
}

std::int64_t checked_extent(const std::vector<std::int64_t>& sizes,
                            const std::vector<std::int64_t>& strides, std::int64_t first_element) {
  const auto count = checked_element_count(sizes);
  if (sizes.size() != strides.size()) {
    throw CheckpointError("holds a tensor with " + std::to_string(sizes.size()) + " sizes and " +
                          std::to_string(strides.size()) + " strides");
  }
  if (first_element < 0) throw CheckpointError("holds a tensor that starts before its storage");
  std::int64_t last = first_element;
  bool overflow = false;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (strides[i] < 0) throw CheckpointError("holds a tensor with a negative stride");
    std::int64_t reach = 0;
    overflow |= __builtin_mul_overflow(std::max<std::int64_t>(sizes[i] - 1, 0), strides[i], &reach);
    overflow |= __builtin_add_overflow(last, reach, &last);
  }
  if (overflow || last > kMostElements) throw CheckpointError("holds a tensor that overflows");
  return count == 0 ? first_element : last + 1;
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& sizes) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t i = sizes.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<std::int64_t>(sizes[i], 1);
  }
  return strides;
}

std::string cut_prefixes(std::vector<TensorRecord>& tensors) {
  static constexpr std::array<std::string_view, 7> kPrefixes = {
      "_orig_mod.", "module.", "model.", "model_g.", "netG.", "net_g.", "generator."};
  static constexpr std::array<std::string_view, 2> kGenerators = {"model_g.", "netG."};
  std::string cut;
  const auto note = [&cut](std::string_view what) {
    cut += (cut.empty() ? "" : ", ") + std::string(what);
  };
  for (bool again = !tensors.empty(); again;) {
    again = false;
    for (const auto prefix : kGenerators) {
      if (keep_only(tensors, prefix)) note("only " + std::string(prefix) + "*");
    }
    for (const auto prefix : kPrefixes) {
      if (!all_carry(tensors, prefix)) continue;
      const bool numbered = std::any_of(tensors.begin(), tensors.end(), [&](const auto& tensor) {
        return number_follows(tensor, prefix);
      });
      if (prefix == "model." && numbered) continue;
      for (auto& tensor : tensors) tensor.name.erase(0, prefix.size());
      note("prefix " + std::string(prefix));
      again = true;
    }
  }
  return cut;
}

}  // namespace vcisr::tensorfile
