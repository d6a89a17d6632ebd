# SPDX-License-Identifier: Apache-2.0
# vcisr_dep::hash: xxHash for cache keys and journals, OpenSSL's SHA-256 for model files.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(VCISR_XXHASH REQUIRED IMPORTED_TARGET libxxhash)
add_library(vcisr_dep::hash INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::hash INTERFACE PkgConfig::VCISR_XXHASH OpenSSL::Crypto)
