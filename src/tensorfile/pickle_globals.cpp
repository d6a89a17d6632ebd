// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/pickle_globals.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

namespace vcisr::tensorfile {
namespace {

using Meanings = std::map<std::string, GlobalMeaning, std::less<>>;

/// Data that training programs leave beside the weights. Tensors of kinds that we cannot use are
/// among them: they matter only if a state dict holds one.
constexpr std::array kInert = {
    "builtins.set",
    "builtins.frozenset",
    "builtins.list",
    "builtins.tuple",
    "builtins.bytearray",
    "builtins.bytes",
    "builtins.complex",
    "builtins.int",
    "builtins.float",
    "builtins.bool",
    "builtins.str",
    "builtins.object",
    "builtins.range",
    "builtins.slice",
    "_codecs.encode",
    "copyreg._reconstructor",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.dtype",
    "numpy.ndarray",
    "argparse.Namespace",
    "types.SimpleNamespace",
    "typing.Any",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "pathlib.PurePosixPath",
    "datetime.datetime",
    "datetime.date",
    "datetime.timedelta",
    "easydict.EasyDict",
    "addict.addict.Dict",
    "yacs.config.CfgNode",
    "torch.device",
    "torch.serialization._get_layout",
    "torch.per_tensor_affine",
    "torch.per_channel_affine",
    "torch.per_tensor_symmetric",
    "torch.per_channel_symmetric",
    "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_nested_tensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
};

constexpr std::array kOtherStorages = {
    "ComplexFloatStorage", "ComplexDoubleStorage", "QInt8Storage",   "QUInt8Storage",
    "QInt32Storage",       "QUInt4x2Storage",      "QUInt2x4Storage"};

constexpr std::array<std::pair<const char*, ElementType>, 15> kDtypes = {{
    {"float64", ElementType::kFloat64},
    {"double", ElementType::kFloat64},
    {"float32", ElementType::kFloat32},
    {"float", ElementType::kFloat32},
    {"float16", ElementType::kFloat16},
    {"half", ElementType::kFloat16},
    {"bfloat16", ElementType::kBFloat16},
    {"int64", ElementType::kInt64},
    {"long", ElementType::kInt64},
    {"int32", ElementType::kInt32},
    {"int", ElementType::kInt32},
    {"int16", ElementType::kInt16},
    {"int8", ElementType::kInt8},
    {"uint8", ElementType::kUInt8},
    {"bool", ElementType::kBool},
}};

constexpr std::array kOtherDtypes = {
    "uint16",         "uint32",        "uint64",      "complex32",       "complex64",
    "complex128",     "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
    "float8_e8m0fnu", "qint8",         "quint8",      "qint32"};

Meanings make_meanings() {
  Meanings all;
  const auto add = [&all](GlobalMeaning meaning, std::initializer_list<const char*> names) {
    for (const char* name : names) all[name] = meaning;
  };
  add({GlobalKind::kDict}, {"collections.OrderedDict", "collections.defaultdict",
                            "collections.Counter", "builtins.dict"});
  add({GlobalKind::kSize}, {"torch.Size"});
  add({GlobalKind::kTensorType}, {"torch.Tensor", "torch._tensor.Tensor",
                                  "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"});
  add({GlobalKind::kRebuildTensor},
      {"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"});
  add({GlobalKind::kRebuildTensorV3}, {"torch._utils._rebuild_tensor_v3"});
  add({GlobalKind::kRebuildParameter},
      {"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"});
  add({GlobalKind::kRebuildFromType}, {"torch._tensor._rebuild_from_type_v2"});
  add({.kind = GlobalKind::kStorage, .untyped = true},
      {"torch.storage.UntypedStorage", "torch.storage._UntypedStorage"});
  for (const char* name : kInert) all[name] = {};
  const std::string torch = "torch.";
  for (const auto& info : kElementTypes) {
    all[torch + std::string(info.storage)] = {.kind = GlobalKind::kStorage, .type = info.type};
  }
  for (const char* name : kOtherStorages) all[torch + name] = {.kind = GlobalKind::kStorage};
  for (const auto& [name, type] : kDtypes) {
    all[torch + name] = {.kind = GlobalKind::kDtype, .type = type};
  }
  for (const char* name : kOtherDtypes) all[torch + name] = {.kind = GlobalKind::kDtype};
  return all;
}

bool is_identifier(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

/// Classes of the configuration packages that Lightning checkpoints carry: plain data. Functions,
/// which begin with a small letter, and dotted names are not meant.
bool is_configuration_class(std::string_view module, std::string_view name) {
  static constexpr std::array<std::string_view, 5> kPackages = {
      "omegaconf.", "pytorch_lightning.", "lightning.", "lightning_fabric.", "numpy.dtypes"};
  const bool known =
      std::any_of(kPackages.begin(), kPackages.end(),
                  [module](std::string_view package) { return module.starts_with(package); });
  return known && is_identifier(name) && std::isupper(static_cast<unsigned char>(name[0])) != 0;
}

}  // namespace

std::optional<GlobalMeaning> find_global(std::string_view module, std::string_view name) {
  static const Meanings kMeanings = make_meanings();
  // Protocol 2 writes the names that Python 2 had.
  if (module == "__builtin__") {
    module = "builtins";
    if (name == "long") name = "int";
    if (name == "unicode") name = "str";
    if (name == "xrange") name = "range";
  }
  if (module == "copy_reg") module = "copyreg";
  if (!is_identifier(name)) return std::nullopt;
  const std::string full = std::string(module) + "." + std::string(name);
  if (const auto found = kMeanings.find(full); found != kMeanings.end()) return found->second;
  if (is_configuration_class(module, name)) return GlobalMeaning{};
  return std::nullopt;
}

}  // namespace vcisr::tensorfile
