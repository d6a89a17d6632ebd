# SPDX-License-Identifier: Apache-2.0
# Compiles through ccache where it is installed; a user's own launcher wins.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(VCISR_CCACHE ccache)
  mark_as_advanced(VCISR_CCACHE)
  if(VCISR_CCACHE)
    # Precompiled headers are cached only with these two; the base dir lets a second clone hit.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${VCISR_CCACHE})
  endif()
endif()
