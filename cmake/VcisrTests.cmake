# SPDX-License-Identifier: Apache-2.0
# vcisr_add_tests(<layer> SOURCES a_test.cpp … [LABELS a_test=contract …] [LIBRARIES …])
#
# Makes the program vcisr_<layer>_tests and one ctest entry per source: loading LibTorch for each single
# case would cost more than the cases do. An entry's label is `unit` unless LABELS names another.
function(vcisr_add_tests layer)
  cmake_parse_arguments(arg "" "" "SOURCES;LABELS;LIBRARIES" ${ARGN})
  set(program vcisr_${layer}_tests)
  add_executable(${program} ${arg_SOURCES})
  vcisr_target_defaults(${program})
  target_link_libraries(${program} PRIVATE vcisr_test_main ${arg_LIBRARIES})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_compile_definitions(${program} PRIVATE
    VCISR_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    VCISR_TOOL_DIR="${PROJECT_BINARY_DIR}/bin"
    VCISR_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    VCISR_TORCH_PYTHON="${VCISR_TORCH_PYTHON}")
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(stem ${source} NAME_WE)
    file(STRINGS ${source} cases REGEX "^(TEST|TEST_F|TEST_P|INSTANTIATE_TEST_SUITE_P)\\(")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    set(filter "")
    foreach(case IN LISTS cases)
      if(case MATCHES "^TEST(_F)?\\( *([A-Za-z0-9_]+)")
        list(APPEND filter "${CMAKE_MATCH_2}.*")
      elseif(case MATCHES "^TEST_P\\( *([A-Za-z0-9_]+)")
        list(APPEND filter "*/${CMAKE_MATCH_1}.*")
      endif()
    endforeach()
    list(REMOVE_DUPLICATES filter)
    if(NOT filter)
      message(FATAL_ERROR "${source} holds no TEST: it would pass without running anything.")
    endif()
    list(JOIN filter ":" filter)
    set(label unit)
    foreach(pair IN LISTS arg_LABELS)
      if(pair MATCHES "^${stem}=(.+)$")
        string(REPLACE "," ";" label "${CMAKE_MATCH_1}")
      endif()
    endforeach()
    add_test(NAME ${layer}.${stem} COMMAND ${program} --gtest_filter=${filter})
    # Waiting threads sleep: ctest runs entries side by side on few cores.
    set_tests_properties(${layer}.${stem} PROPERTIES LABELS "${layer};${label}" TIMEOUT 300
      ENVIRONMENT "OMP_NUM_THREADS=2;OMP_WAIT_POLICY=passive")
  endforeach()
endfunction()

# Python with the torch that LibTorch comes from; empty where LibTorch came from elsewhere.
if(EXISTS ${VCISR_TORCH_ROOT}/../../../../bin/python3)
  cmake_path(SET VCISR_TORCH_PYTHON NORMALIZE ${VCISR_TORCH_ROOT}/../../../../bin/python3)
else()
  set(VCISR_TORCH_PYTHON "")
endif()
