# SPDX-License-Identifier: Apache-2.0
find_package(TBB REQUIRED)
add_library(vcisr_dep::tbb INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::tbb INTERFACE TBB::tbb)
