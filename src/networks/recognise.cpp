// SPDX-License-Identifier: Apache-2.0
#include "networks/recognise.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "networks/grl/recognise_grl.h"

namespace vcisr::networks {
namespace {

/// Decimal number at the front of `text`, which moves past it.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// The largest N of keys "<prefix>N.…", -1 if there is none.
std::int64_t largest_index(const Checkpoint& checkpoint, std::string_view prefix) {
  std::int64_t largest = -1;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    std::string_view rest = name;
    if (!take(rest, prefix)) continue;
    const auto number = take_number(rest);
    if (number && rest.starts_with('.')) largest = std::max(largest, *number);
  }
  return largest;
}

/// The tensor if it is a 3x3 convolution's weight [out, in, 3, 3].
const torch::Tensor* find_conv3x3(const Checkpoint& checkpoint, const std::string& key) {
  const auto* tensor = checkpoint.find(key);
  const bool fits =
      tensor != nullptr && tensor->dim() == 4 && tensor->size(2) == 3 && tensor->size(3) == 3;
  return fits ? tensor : nullptr;
}

Recognition recognised(const char* network,
                       const std::vector<std::pair<const char*, std::int64_t>>& options) {
  std::string text = std::string("{type: ") + network;
  for (const auto& [key, value] : options) {
    text += std::string(", ") + key + ": " + std::to_string(value);
  }
  return {.yaml = text + "}"};
}

// SRVGGNetCompact: body.0 convolution, body.1 PReLU, … body.{2 num_conv + 2} convolution.

std::optional<Recognition> guess_srvgg_compact(Checkpoint& checkpoint) {
  const auto last = largest_index(checkpoint, "body.");
  const auto* first = find_conv3x3(checkpoint, "body.0.weight");
  const auto* final = find_conv3x3(checkpoint, "body." + std::to_string(last) + ".weight");
  const auto* slope = checkpoint.find("body.1.weight");
  if (first == nullptr || final == nullptr || slope == nullptr || last < 2 || last % 2 != 0) {
    return std::nullopt;
  }
  const auto features = first->size(0);
  const auto scale =
      static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(final->size(0)) / 3.0)));
  if (first->size(1) != 3 || slope->dim() != 1 || slope->size(0) != features ||
      final->size(1) != features || final->size(0) != 3 * scale * scale) {
    return std::nullopt;
  }
  return recognised("srvgg_compact",
                    {{"num_feat", features}, {"num_conv", (last - 2) / 2}, {"scale", scale}});
}

// RRDBNet under three schemes of keys: Real-ESRGAN's (ours), ESRGAN's second and its first.

/// `RRDB_trunk.N.RDB1.conv1.weight`, `trunk_conv`, `upconv1`, `HRconv`; "" for other keys.
std::string from_second_scheme(std::string_view rest) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
      {{"conv_first.", "conv_first."},
       {"trunk_conv.", "conv_body."},
       {"upconv1.", "conv_up1."},
       {"upconv2.", "conv_up2."},
       {"HRconv.", "conv_hr."},
       {"conv_last.", "conv_last."}}};
  for (const auto& [theirs, ours] : kNames) {
    if (take(rest, theirs)) return std::string(ours) + std::string(rest);
  }
  if (!take(rest, "RRDB_trunk.")) return "";
  const auto block = take_number(rest);
  if (!block || !take(rest, ".RDB")) return "";
  return "body." + std::to_string(*block) + ".rdb" + std::string(rest);
}

/// `model.1.sub.N.RDB1.conv1.0.weight`, `model.1.sub.{N + 1}.weight`, `model.3` … `model.10`.
std::string from_first_scheme(std::string_view rest) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {
      {{"model.0.", "conv_first."},
       {"model.3.", "conv_up1."},
       {"model.6.", "conv_up2."},
       {"model.8.", "conv_hr."},
       {"model.10.", "conv_last."}}};
  for (const auto& [theirs, ours] : kNames) {
    if (take(rest, theirs)) return std::string(ours) + std::string(rest);
  }
  if (!take(rest, "model.1.sub.")) return "";
  const auto block = take_number(rest);
  if (!block) return "";
  if (rest == ".weight" || rest == ".bias") return "conv_body" + std::string(rest);
  if (!take(rest, ".RDB")) return "";
  std::string name = "body." + std::to_string(*block) + ".rdb" + std::string(rest);
  const auto dot = name.rfind('.');  // "….conv1.0.weight": the 0 counts a convolution's parts.
  if (dot == std::string::npos || !std::string_view(name).substr(0, dot).ends_with(".0")) return "";
  return name.erase(dot - 2, 2);
}

/// All keys or none.
bool rename_all(Checkpoint& checkpoint, std::string (*rename)(std::string_view)) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    names.push_back(rename(name));
    if (names.back().empty() || !seen.insert(names.back()).second) return false;
  }
  for (std::size_t i = 0; i < names.size(); ++i) checkpoint.tensors[i].first = std::move(names[i]);
  return true;
}

std::optional<Recognition> guess_rrdbnet(Checkpoint& checkpoint) {
  if (checkpoint.find("model.1.sub.0.RDB1.conv1.0.weight") != nullptr) {
    rename_all(checkpoint, from_first_scheme);
  } else if (checkpoint.find("RRDB_trunk.0.RDB1.conv1.weight") != nullptr) {
    rename_all(checkpoint, from_second_scheme);
  }
  const auto* first = find_conv3x3(checkpoint, "conv_first.weight");
  const auto* grow = find_conv3x3(checkpoint, "body.0.rdb1.conv1.weight");
  const auto* last = find_conv3x3(checkpoint, "conv_last.weight");
  const bool whole = first != nullptr && grow != nullptr && last != nullptr &&
                     find_conv3x3(checkpoint, "conv_up2.weight") != nullptr;
  if (!whole || last->size(0) != 3) return std::nullopt;
  static constexpr std::array<std::pair<std::int64_t, std::int64_t>, 3> kScaleByInput = {
      {{3, 4}, {12, 2}, {48, 1}}};
  for (const auto& [channels, scale] : kScaleByInput) {
    if (first->size(1) != channels) continue;
    return recognised("rrdbnet", {{"num_feat", first->size(0)},
                                  {"num_grow_ch", grow->size(0)},
                                  {"num_block", largest_index(checkpoint, "body.") + 1},
                                  {"scale", scale}});
  }
  return std::nullopt;
}

constexpr std::array<Recogniser, 3> kRecognisers = {{
    {"srvgg_compact", guess_srvgg_compact},
    {"rrdbnet", guess_rrdbnet},
    {"grl", grl::recognise_grl, grl::spell_out, grl::contradiction},
}};

}  // namespace

std::span<const Recogniser> recognisers() { return kRecognisers; }

}  // namespace vcisr::networks
