# SPDX-License-Identifier: Apache-2.0
# `cmake --build build/release --target check`: format, layers, headers self-contained, build, tests.
find_program(VCISR_CLANG_FORMAT NAMES clang-format-14 clang-format)
mark_as_advanced(VCISR_CLANG_FORMAT)

set(_vcisr_format_command ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
    -DCLANG_FORMAT=${VCISR_CLANG_FORMAT} -P ${PROJECT_SOURCE_DIR}/cmake/CheckFormat.cmake)
add_custom_target(check_format COMMAND ${_vcisr_format_command})
add_test(NAME style.format COMMAND ${_vcisr_format_command})
set_tests_properties(style.format PROPERTIES LABELS style SKIP_REGULAR_EXPRESSION "skipped: ")

# Every public header compiled by itself.
file(GLOB_RECURSE _vcisr_headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/include/vcisr/*.h)
set(_vcisr_header_sources "")
foreach(header IN LISTS _vcisr_headers)
  if(NOT VCISR_WITH_MEDIA AND header MATCHES "^vcisr/(media|imaging|degradation|data|inference|trainers)/")
    continue()
  endif()
  string(REPLACE "/" "_" name ${header})
  set(source ${PROJECT_BINARY_DIR}/header_check/${name}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
  list(APPEND _vcisr_header_sources ${source})
endforeach()
add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${_vcisr_header_sources})
vcisr_target_defaults(check_headers)
target_link_libraries(check_headers PRIVATE vcisr)

add_custom_target(check
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR}
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target check_headers
  COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure -j 2
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  USES_TERMINAL)
add_dependencies(check check_format)
