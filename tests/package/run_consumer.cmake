# SPDX-License-Identifier: Apache-2.0
# Configures, builds and runs one consumer:
#   cmake -DSOURCE=<its folder> -DBINARY=<build tree> -DWORK=<folder for pictures> [-DARGUMENTS=<a|b>]
#         -P run_consumer.cmake
# With -DPREFIX=… -DPKG_CONFIG=… -DCOMPILER=… -DCONSUMER=<source> it uses pkg-config instead.
cmake_minimum_required(VERSION 3.24)
file(MAKE_DIRECTORY ${WORK})
string(REPLACE "|" ";" ARGUMENTS "${ARGUMENTS}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "Failed (${result}): ${line}")
  endif()
endfunction()

if(PREFIX)
  file(GLOB_RECURSE pc ${PREFIX}/vcisr.pc)
  cmake_path(GET pc PARENT_PATH pc_dir)
  set(ENV{PKG_CONFIG_PATH} ${pc_dir})
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs vcisr OUTPUT_VARIABLE flags
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${COMPILER} -std=c++20 ${ARGUMENTS} ${CONSUMER} -o ${WORK}/consumer ${flags})
  run(${WORK}/consumer ${WORK})
else()
  run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY} ${ARGUMENTS})
  run(${CMAKE_COMMAND} --build ${BINARY} --target consumer)
  run(${BINARY}/consumer ${WORK})
endif()
