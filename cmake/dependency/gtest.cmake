# SPDX-License-Identifier: Apache-2.0
find_package(GTest REQUIRED)
add_library(vcisr_dep::gtest INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::gtest INTERFACE GTest::gtest GTest::gmock)
