# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: libraries, public headers, tools, configurations, licence, and the
# CMake package and pkg-config file that consumers find us by.
include(CMakePackageConfigHelpers)

set(_vcisr_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vcisr)

set(_vcisr_header_filter PATTERN "*.h")
if(NOT VCISR_WITH_MEDIA)
  # Headers without a library behind them would only fail at link time.
  list(APPEND _vcisr_header_filter REGEX "/vcisr/(media|inference)(/|$)" EXCLUDE)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/vcisr DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING ${_vcisr_header_filter})

install(TARGETS vcisr vcisr_ops EXPORT vcisrTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT vcisrTargets NAMESPACE vcisr:: DESTINATION ${_vcisr_package_dir})
