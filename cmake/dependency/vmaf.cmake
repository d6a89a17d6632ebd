# SPDX-License-Identifier: Apache-2.0
# libvmaf, for VMAF; in no package of Debian or Ubuntu. Optional: sets VCISR_VMAF.
find_package(PkgConfig REQUIRED)
pkg_check_modules(VCISR_LIBVMAF IMPORTED_TARGET libvmaf>=2.0)
set(VCISR_VMAF ${VCISR_LIBVMAF_FOUND})
if(VCISR_VMAF)
  add_library(vcisr_dep::vmaf INTERFACE IMPORTED GLOBAL)
  target_link_libraries(vcisr_dep::vmaf INTERFACE PkgConfig::VCISR_LIBVMAF)
else()
  message(STATUS "VMAF is left out: libvmaf was not found (github.com/Netflix/vmaf).")
endif()
