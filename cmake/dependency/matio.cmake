# SPDX-License-Identifier: Apache-2.0
# matio, which reads MATLAB's files: NRQM's model is one (Debian: libmatio-dev). Optional: sets VCISR_MATIO.
set(VCISR_MATIO OFF)
find_package(PkgConfig REQUIRED)
pkg_check_modules(VCISR_MATIO_LIBRARY QUIET IMPORTED_TARGET matio>=1.5)
if(VCISR_MATIO_LIBRARY_FOUND)
  set(VCISR_MATIO ON)
  add_library(vcisr_dep::matio INTERFACE IMPORTED GLOBAL)
  target_link_libraries(vcisr_dep::matio INTERFACE PkgConfig::VCISR_MATIO_LIBRARY)
else()
  message(STATUS "NRQM's model cannot be read by this build: matio was not found (libmatio-dev).")
endif()
