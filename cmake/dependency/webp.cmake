# SPDX-License-Identifier: Apache-2.0
# libwebp, for pictures sent through WebP in memory.
find_package(PkgConfig REQUIRED)
pkg_check_modules(VCISR_WEBP REQUIRED IMPORTED_TARGET libwebp>=1.0)
add_library(vcisr_dep::webp INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::webp INTERFACE PkgConfig::VCISR_WEBP)
