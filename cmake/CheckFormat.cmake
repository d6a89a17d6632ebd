# SPDX-License-Identifier: Apache-2.0
# Fails when clang-format 14 would change a file of ours, or when one lacks its licence line:
#   cmake -DROOT=$PWD -DCLANG_FORMAT=clang-format -P cmake/CheckFormat.cmake
file(GLOB_RECURSE files ${ROOT}/include/*.h ${ROOT}/src/*.h ${ROOT}/src/*.cpp ${ROOT}/src/*.cu
     ${ROOT}/src/*.cuh ${ROOT}/tools/*.h ${ROOT}/tools/*.cpp ${ROOT}/tests/*.h ${ROOT}/tests/*.cpp
     ${ROOT}/bench/*.h ${ROOT}/bench/*.cpp)
file(GLOB_RECURSE scripts ${ROOT}/cmake/*.cmake ${ROOT}/tools/*.sh ${ROOT}/tools/*.py
     ${ROOT}/tests/*.py ${ROOT}/src/CMakeLists.txt ${ROOT}/tests/CMakeLists.txt)
foreach(file IN LISTS files scripts)
  file(STRINGS ${file} top LIMIT_COUNT 2)
  if(NOT top MATCHES "SPDX-License-Identifier: Apache-2.0")
    message(FATAL_ERROR "${file}: the first line must be the SPDX licence line")
  endif()
endforeach()
if(NOT CLANG_FORMAT)
  message(STATUS "skipped: clang-format is not installed")
  return()
endif()
# Other versions of clang-format disagree in details: the rule is version 14, Debian 12's.
execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
if(NOT version MATCHES "version 14\\.")
  message(STATUS "skipped: the format is checked with clang-format 14")
  return()
endif()
execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror ${files} RESULT_VARIABLE result
                ERROR_VARIABLE errors)
if(result)
  message(FATAL_ERROR "Format (run: clang-format -i on the files named):\n${errors}")
endif()
