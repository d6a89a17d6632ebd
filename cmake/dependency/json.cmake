# SPDX-License-Identifier: Apache-2.0
find_package(nlohmann_json REQUIRED)
add_library(vcisr_dep::json INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::json INTERFACE nlohmann_json::nlohmann_json)
