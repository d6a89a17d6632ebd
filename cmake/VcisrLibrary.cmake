# SPDX-License-Identifier: Apache-2.0
# What every target of ours has in common.
include(GNUInstallDirs)

# One call per target of ours: language level, warnings, include folders, hidden-free visibility.
function(vcisr_target_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:vcisr_warnings>
                                          $<BUILD_INTERFACE:vcisr_sanitizers>)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src
                                               ${PROJECT_SOURCE_DIR}/include)
endfunction()

# OpenMP for at::parallel_for, which else runs on one thread silently. LibTorch brings libgomp under
# the usual name, so there is one pool. Not under ThreadSanitizer, which does not understand libgomp.
add_library(vcisr_openmp INTERFACE)
if(NOT VCISR_SANITIZE MATCHES "thread")
  target_compile_options(vcisr_openmp INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
endif()
