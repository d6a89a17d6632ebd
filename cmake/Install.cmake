# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: libraries, public headers, tools, configurations, licence, and the
# CMake package and pkg-config file that consumers find us by.
if(NOT BUILD_SHARED_LIBS)
  # Operators register themselves in static objects, which a linker drops from archives, and each
  # consumer would have to find FFmpeg, OpenCV and the rest again.
  message(STATUS "Install rules are left out: vcisr is installed as shared libraries only "
                 "(BUILD_SHARED_LIBS=ON).")
  return()
endif()
include(CMakePackageConfigHelpers)

set(_vcisr_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vcisr)
set(_vcisr_package_files ${PROJECT_BINARY_DIR}/package)

# Headers. Those of layers that were not built would only fail when a consumer links.
set(_vcisr_header_filter PATTERN "*.h")
if(NOT VCISR_WITH_MEDIA)
  list(APPEND _vcisr_header_filter REGEX "/vcisr/(media|imaging|degradation|data|inference)$" EXCLUDE)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/vcisr DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING ${_vcisr_header_filter})

# Libraries. They find each other by their own place, LibTorch and CUDA's run time where they were
# linked from; LD_LIBRARY_PATH wins over both.
set_target_properties(vcisr vcisr_ops PROPERTIES INSTALL_RPATH "$ORIGIN"
                                                 INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS vcisr vcisr_ops EXPORT vcisrTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

foreach(tool vcisr-infer vcisr-model)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
endforeach()
if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/configs)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/vcisr
          FILES_MATCHING PATTERN "*.yaml" PATTERN "*.md")
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# CMake package. LibTorch's version is part of the binary interface.
set(VCISR_TORCH_VERSION "")
vcisr_torch_version(${VCISR_TORCH_ROOT} VCISR_TORCH_VERSION)
install(EXPORT vcisrTargets NAMESPACE vcisr:: DESTINATION ${_vcisr_package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/vcisrConfig.cmake.in
  ${_vcisr_package_files}/vcisrConfig.cmake INSTALL_DESTINATION ${_vcisr_package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${_vcisr_package_files}/vcisrConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${_vcisr_package_files}/vcisrConfig.cmake
              ${_vcisr_package_files}/vcisrConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/VcisrTorch.cmake
        DESTINATION ${_vcisr_package_dir})

# pkg-config, for other build systems. Relative to the file itself, so that an installed tree may move.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(VCISR_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
  set(VCISR_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
  set(VCISR_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH _vcisr_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" VCISR_PC_PREFIX "\${pcfiledir}/${_vcisr_up}")
  set(VCISR_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(VCISR_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
file(GLOB _vcisr_nvidia_dirs ${VCISR_TORCH_ROOT}/../nvidia/*/lib)
set(VCISR_PC_TORCH_LIBS "-L\${torch_root}/lib -Wl,-rpath,\${torch_root}/lib")
foreach(dir IN LISTS _vcisr_nvidia_dirs)
  cmake_path(RELATIVE_PATH dir BASE_DIRECTORY ${VCISR_TORCH_ROOT})
  string(APPEND VCISR_PC_TORCH_LIBS " -Wl,-rpath-link,\${torch_root}/${dir}")
endforeach()
if(VCISR_CUDA)
  string(APPEND VCISR_PC_TORCH_LIBS " -Wl,--no-as-needed -ltorch_cuda -Wl,--as-needed -lc10_cuda")
endif()
string(APPEND VCISR_PC_TORCH_LIBS " -ltorch_cpu -lc10")
configure_file(${PROJECT_SOURCE_DIR}/cmake/vcisr.pc.in ${_vcisr_package_files}/vcisr.pc @ONLY)
install(FILES ${_vcisr_package_files}/vcisr.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
