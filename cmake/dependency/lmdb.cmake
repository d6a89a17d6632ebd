# SPDX-License-Identifier: Apache-2.0
# liblmdb, for training pictures in BasicSR's databases.
find_package(PkgConfig REQUIRED)
pkg_check_modules(VCISR_LMDB REQUIRED IMPORTED_TARGET lmdb>=0.9)
add_library(vcisr_dep::lmdb INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::lmdb INTERFACE PkgConfig::VCISR_LMDB)
