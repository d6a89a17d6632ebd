# SPDX-License-Identifier: Apache-2.0
find_package(benchmark REQUIRED)
add_library(vcisr_dep::benchmark INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::benchmark INTERFACE benchmark::benchmark)
