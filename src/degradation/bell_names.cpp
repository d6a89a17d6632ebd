// SPDX-License-Identifier: Apache-2.0
#include "degradation/bell_names.h"

#include <array>

namespace vcisr::degradation {
namespace {

struct Named {
  std::string_view name;
  BellKind kind;
  bool aniso;
  bool beta;
};

constexpr std::array<Named, 6> kNamed{{
    {"iso", BellKind::kIso, false, false},
    {"aniso", BellKind::kAniso, true, false},
    {"generalized_iso", BellKind::kGeneralizedIso, false, true},
    {"generalized_aniso", BellKind::kGeneralizedAniso, true, true},
    {"plateau_iso", BellKind::kPlateauIso, false, true},
    {"plateau_aniso", BellKind::kPlateauAniso, true, true},
}};

const Named& of(BellKind kind) noexcept {
  for (const Named& named : kNamed) {
    if (named.kind == kind) return named;
  }
  return kNamed.front();
}

}  // namespace

std::string_view name_of(BellKind kind) noexcept { return of(kind).name; }

std::optional<BellKind> bell_kind(std::string_view name) noexcept {
  for (const Named& named : kNamed) {
    if (named.name == name) return named.kind;
  }
  return std::nullopt;
}

std::vector<std::string> bell_names() {
  std::vector<std::string> names;
  for (const Named& named : kNamed) names.emplace_back(named.name);
  return names;
}

bool is_aniso(BellKind kind) noexcept { return of(kind).aniso; }
bool has_beta(BellKind kind) noexcept { return of(kind).beta; }
bool is_plateau(BellKind kind) noexcept {
  return kind == BellKind::kPlateauIso || kind == BellKind::kPlateauAniso;
}

}  // namespace vcisr::degradation
