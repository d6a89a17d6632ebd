# SPDX-License-Identifier: Apache-2.0
find_package(yaml-cpp REQUIRED)
add_library(vcisr_dep::yaml INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::yaml INTERFACE $<IF:$<TARGET_EXISTS:yaml-cpp::yaml-cpp>,yaml-cpp::yaml-cpp,yaml-cpp>)
