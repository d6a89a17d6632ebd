# SPDX-License-Identifier: Apache-2.0
# vcisr_warnings: what our own sources are compiled with; never handed to users of the library.
add_library(vcisr_warnings INTERFACE)
target_compile_options(vcisr_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wno-missing-field-initializers>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${VCISR_DEVELOPER_MODE}>>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely inside std::string, std::vector and std::function when it inlines at -O3.
  target_compile_options(vcisr_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds
      -Wno-stringop-overflow -Wno-stringop-overread>)
endif()
