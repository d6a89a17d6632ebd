# SPDX-License-Identifier: Apache-2.0
# spdlog must not meet LibTorch's include folders (they carry another fmt): core is compiled without them.
find_package(spdlog REQUIRED)
add_library(vcisr_dep::spdlog INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::spdlog INTERFACE spdlog::spdlog)
