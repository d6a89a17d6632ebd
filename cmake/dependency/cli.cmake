# SPDX-License-Identifier: Apache-2.0
find_package(CLI11 REQUIRED)
add_library(vcisr_dep::cli INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::cli INTERFACE CLI11::CLI11)
