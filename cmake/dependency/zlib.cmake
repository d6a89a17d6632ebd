# SPDX-License-Identifier: Apache-2.0
# zlib, for PNG's rows and compressed metadata.
find_package(ZLIB REQUIRED)
add_library(vcisr_dep::zlib INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::zlib INTERFACE ZLIB::ZLIB)
