// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tensorfile/byte_source.h"
#include "tensorfile/checkpoint_index.h"
#include "tensorfile/pickle_globals.h"
#include "tensorfile/pickle_machine.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {
namespace {

GlobalKind kind_of(const PickleObject& global) { return static_cast<GlobalKind>(global.integer); }

}  // namespace

const PickleObject& PickleMachine::expect(ObjectId id, ObjectKind kind, const char* what) const {
  const auto& object = graph_.at(id);
  if (object.kind != kind) bad_pickle(std::string("has no proper value for ") + what);
  return object;
}

std::vector<std::int64_t> PickleMachine::integers(ObjectId id, const char* what) const {
  const auto& object = graph_.at(id);
  if (object.kind != ObjectKind::kTuple && object.kind != ObjectKind::kList) {
    bad_pickle(std::string("has no proper value for ") + what);
  }
  std::vector<std::int64_t> values;
  values.reserve(object.items.size());
  for (const auto item : object.items) {
    values.push_back(expect(item, ObjectKind::kInt, what).integer);
  }
  return values;
}

void PickleMachine::push_global(const std::string& module, const std::string& name) {
  constexpr std::size_t kLongestName = 300;
  const bool readable = module.size() + name.size() <= kLongestName;
  const auto meaning = readable ? find_global(module, name) : std::nullopt;
  if (!meaning) {
    throw CheckpointError("is refused: it asks for " + printable(module + "." + name) +
                          ", and only tensors and plain data are read from a .pth (nothing in it "
                          "was run)");
  }
  push_new({.kind = ObjectKind::kGlobal,
            .type = meaning->type,
            .integer = static_cast<std::int64_t>(meaning->kind),
            .real = meaning->untyped ? 1.0 : 0.0,
            .text = module + "." + name});
}

void PickleMachine::append(ObjectId target, std::span<const ObjectId> values) {
  auto& list = graph_.objects[target];
  if (list.kind == ObjectKind::kInert) return;
  if (list.kind != ObjectKind::kList) bad_pickle("appends to what is no list");
  list.items.insert(list.items.end(), values.begin(), values.end());
}

void PickleMachine::set_items(ObjectId target, std::span<const ObjectId> pairs) {
  auto& dict = graph_.objects[target];
  if (pairs.size() % 2 != 0) bad_pickle("sets a key without a value");
  if (dict.kind == ObjectKind::kInert) return;
  if (dict.kind != ObjectKind::kDict) bad_pickle("sets items of what is no dict");
  dict.items.insert(dict.items.end(), pairs.begin(), pairs.end());
}

/// Attributes: a state dict's `_metadata`, what else hangs on inert objects. Nobody reads them.
void PickleMachine::build() {
  pop();
  const auto kind = graph_.at(top()).kind;
  if (kind != ObjectKind::kDict && kind != ObjectKind::kInert && kind != ObjectKind::kTensor) {
    bad_pickle("sets attributes of what has none");
  }
}

/// ('storage', torch.FloatStorage, key, location, elements[, view]). The location is of no
/// interest.
void PickleMachine::push_storage() {
  const auto& id = expect(pop(), ObjectKind::kTuple, "a storage");
  if (id.items.size() < 5 || id.items.size() > 6 ||
      expect(id.items[0], ObjectKind::kString, "a storage").text != "storage") {
    bad_pickle("refers to something that is no storage");
  }
  if (id.items.size() == 6 && graph_.at(id.items[5]).kind != ObjectKind::kNone) {
    throw CheckpointError(
        "holds views of storages as torch 0.3 wrote them: save it again with a "
        "current torch");
  }
  const auto& type = expect(id.items[1], ObjectKind::kGlobal, "a storage's type");
  if (kind_of(type) != GlobalKind::kStorage) bad_pickle("has no proper value for a storage's type");
  PickleStorage storage;
  storage.type = type.type;
  storage.untyped = type.real != 0;
  storage.type_name = type.text;
  storage.key = expect(id.items[2], ObjectKind::kString, "a storage's key").text;
  storage.elements = expect(id.items[4], ObjectKind::kInt, "a storage's size").integer;
  if (storage.elements < 0) bad_pickle("has a storage of negative size");
  if (storage.key.size() > 100) bad_pickle("has a storage whose key is no number");

  // One entry for each (key, type): tensors that share a storage share the entry.
  const std::string identity =
      storage.type_name + "/" + std::to_string(storage.elements) + "/" + storage.key;
  const auto [found, is_new] = storage_by_key_.try_emplace(identity, graph_.storages.size());
  if (is_new) graph_.storages.push_back(std::move(storage));
  push_new({.kind = ObjectKind::kStorage, .integer = static_cast<std::int64_t>(found->second)});
}

PickleObject PickleMachine::call(ObjectId function, ObjectId arguments) {
  const auto& callee = expect(function, ObjectKind::kGlobal, "a function");
  const auto& values = expect(arguments, ObjectKind::kTuple, "a function's arguments").items;
  switch (kind_of(callee)) {
    case GlobalKind::kDict:
      return make_dict(values);
    case GlobalKind::kSize:
      if (values.size() != 1) bad_pickle("calls torch.Size wrongly");
      return {.kind = ObjectKind::kTuple,
              .items = expect(values[0], ObjectKind::kTuple, "a torch.Size").items};
    case GlobalKind::kRebuildTensor:
      return rebuild_tensor(values, false);
    case GlobalKind::kRebuildTensorV3:
      return rebuild_tensor(values, true);
    case GlobalKind::kRebuildParameter: {
      if (values.empty()) bad_pickle("has a parameter without a tensor");
      const auto& tensor = graph_.at(values[0]);
      if (tensor.kind == ObjectKind::kInert) return tensor;
      return expect(values[0], ObjectKind::kTensor, "a parameter");
    }
    case GlobalKind::kRebuildFromType: {
      // (function, type, arguments, state): a tensor that has attributes. One level deep: a tensor
      // of a tensor has no meaning.
      if (values.size() != 4) bad_pickle("rebuilds a tensor wrongly");
      const auto& inner = expect(values[0], ObjectKind::kGlobal, "a function");
      const auto& type = expect(values[1], ObjectKind::kGlobal, "a tensor's type");
      if (kind_of(inner) == GlobalKind::kRebuildFromType ||
          kind_of(type) != GlobalKind::kTensorType) {
        bad_pickle("rebuilds a tensor of an unknown type");
      }
      return call(values[0], values[2]);
    }
    case GlobalKind::kInert:
      return {.kind = ObjectKind::kInert, .integer = static_cast<std::int64_t>(function)};
    case GlobalKind::kStorage:
    case GlobalKind::kDtype:
    case GlobalKind::kTensorType:
      break;
  }
  throw CheckpointError("is refused: it calls " + printable(callee.text) +
                        ", and only tensors and plain data are read from a .pth (nothing in it was "
                        "run)");
}

/// OrderedDict(), OrderedDict([[key, value], ...]), defaultdict(factory), Counter({...}).
PickleObject PickleMachine::make_dict(const std::vector<ObjectId>& arguments) const {
  PickleObject dict{.kind = ObjectKind::kDict};
  if (arguments.empty()) return dict;
  const auto& argument = graph_.at(arguments[0]);
  if (argument.kind == ObjectKind::kDict) dict.items = argument.items;
  if (argument.kind == ObjectKind::kList) {
    for (const auto id : argument.items) {
      const auto& pair = graph_.at(id);
      const bool proper = pair.kind == ObjectKind::kTuple || pair.kind == ObjectKind::kList;
      if (!proper || pair.items.size() != 2) bad_pickle("makes a dict of what are no pairs");
      dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
    }
  }
  return dict;
}

/// (storage, first element, sizes, strides, requires_grad, hooks[, dtype, ...]).
PickleObject PickleMachine::rebuild_tensor(const std::vector<ObjectId>& arguments, bool own_type) {
  if (arguments.size() < (own_type ? 7u : 4u)) bad_pickle("has a tensor without a shape");
  const auto& holder = expect(arguments[0], ObjectKind::kStorage, "a tensor's storage");
  PickleTensor tensor;
  tensor.storage = static_cast<std::size_t>(holder.integer);
  const auto& storage = graph_.storages[tensor.storage];
  tensor.type = storage.type;
  tensor.type_name = storage.type_name;
  if (own_type) {
    const auto& dtype = expect(arguments[6], ObjectKind::kGlobal, "a tensor's dtype");
    if (kind_of(dtype) != GlobalKind::kDtype)
      bad_pickle("has no proper value for a tensor's dtype");
    tensor.type = dtype.type;
    tensor.type_name = dtype.text;
  }
  tensor.first_element = expect(arguments[1], ObjectKind::kInt, "a tensor's offset").integer;
  tensor.sizes = integers(arguments[2], "a tensor's sizes");
  tensor.strides = integers(arguments[3], "a tensor's strides");
  const auto extent = checked_extent(tensor.sizes, tensor.strides, tensor.first_element);
  // A type of its own may be wider than the storage's: what counts is bytes.
  const auto* own = element_type_info(tensor.type);
  const auto* stored = element_type_info(storage.type);
  const std::int64_t width = storage.untyped || stored == nullptr ? 1 : stored->bytes;
  std::int64_t room = 0;
  if (__builtin_mul_overflow(storage.elements, width, &room)) {
    bad_pickle("has a storage of " + std::to_string(storage.elements) + " elements");
  }
  if (own != nullptr && extent > room / own->bytes) {
    bad_pickle("has a tensor that reaches to element " + std::to_string(extent) +
               " of a storage of " + std::to_string(room / own->bytes));
  }
  if (graph_.tensors.size() >= kMostPickleObjects / 4) bad_pickle("holds too many tensors");
  graph_.tensors.push_back(std::move(tensor));
  return {.kind = ObjectKind::kTensor,
          .integer = static_cast<std::int64_t>(graph_.tensors.size() - 1)};
}

}  // namespace vcisr::tensorfile
