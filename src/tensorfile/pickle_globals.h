// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tensorfile/element_type.h"

namespace vcisr::tensorfile {

/// What a name in a pickle means to us. None of them is ever looked up in any program.
enum class GlobalKind {
  kDict,              ///< OrderedDict, defaultdict, Counter, dict.
  kSize,              ///< torch.Size: a tuple.
  kStorage,           ///< torch.FloatStorage ...
  kDtype,             ///< torch.float32 ...
  kTensorType,        ///< torch.Tensor, torch.nn.parameter.Parameter, as an argument.
  kRebuildTensor,     ///< torch._utils._rebuild_tensor, _v2
  kRebuildTensorV3,   ///< ... with a dtype of its own
  kRebuildParameter,  ///< torch._utils._rebuild_parameter, _with_state
  kRebuildFromType,   ///< torch._tensor._rebuild_from_type_v2
  kInert,             ///< Harmless data whose contents nobody reads.
};

struct GlobalMeaning {
  GlobalKind kind = GlobalKind::kInert;
  ElementType type = ElementType::kUnsupported;
  bool untyped = false;  ///< torch.storage.UntypedStorage: sizes in bytes.
};

/// The allow-list; nullopt for everything that is not on it.
[[nodiscard]] std::optional<GlobalMeaning> find_global(std::string_view module,
                                                       std::string_view name);

}  // namespace vcisr::tensorfile
