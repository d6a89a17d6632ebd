// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tensorfile/element_type.h"

namespace vcisr::tensorfile {

using ObjectId = std::uint32_t;

enum class ObjectKind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kBytes,
  kTuple,
  kList,
  kDict,     ///< items = key, value, key, value ...
  kGlobal,   ///< A name of the allow-list; integer = GlobalKind, type for storages and dtypes.
  kStorage,  ///< integer = index into PickleGraph::storages.
  kTensor,   ///< integer = index into PickleGraph::tensors.
  kInert,    ///< Something harmless whose contents nobody reads; integer = its class, a global.
};

struct PickleObject {
  ObjectKind kind = ObjectKind::kNone;
  ElementType type = ElementType::kUnsupported;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<ObjectId> items;
};

/// A storage by persistent id: `elements` of `type` under `key`, the bytes elsewhere in the file.
struct PickleStorage {
  std::string key;
  ElementType type = ElementType::kUnsupported;
  bool untyped = false;  ///< `elements` counts bytes; the tensors bring the type.
  std::string type_name;
  std::int64_t elements = 0;
};

/// A view of a storage, checked to lie inside it.
struct PickleTensor {
  std::size_t storage = 0;
  ElementType type = ElementType::kUnsupported;
  std::string type_name;  ///< For messages.
  std::int64_t first_element = 0;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
};

/// What a pickle describes. Objects refer to each other by number, so that cycles and deep nesting
/// cost no stack, neither here nor when it is destroyed.
struct PickleGraph {
  std::vector<PickleObject> objects;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  ObjectId root = 0;
  std::size_t bytes_read = 0;  ///< Up to and with the STOP.

  [[nodiscard]] const PickleObject& at(ObjectId id) const { return objects[id]; }
};

/// Most objects, stack entries and memo slots of one pickle: far above what a network with its
/// optimizer state has, and a bound for what a hostile file makes us hold.
inline constexpr std::size_t kMostPickleObjects = 4'000'000;

/// Reads a pickle of protocol 2 to 5 as torch.save writes it. Nothing is imported or executed: a
/// global is a word of an allow-list (pickle_globals.h) or the file is refused.
/// Errors  CheckpointError without the path.
[[nodiscard]] PickleGraph read_pickle(std::span<const std::uint8_t> bytes);

}  // namespace vcisr::tensorfile
