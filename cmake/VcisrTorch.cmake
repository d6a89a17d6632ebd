# SPDX-License-Identifier: Apache-2.0
# Finds LibTorch and makes its imported targets; used by our build and by the installed package.

# Sets `out` to LibTorch's root (the folder with include/ and lib/), or to nothing.
# Looks at Torch_DIR and CMAKE_PREFIX_PATH first, then at the folders given.
function(vcisr_find_torch out)
  find_file(VCISR_TORCH_CONFIG TorchConfig.cmake
            HINTS ${Torch_DIR} ${Torch_ROOT} $ENV{Torch_DIR}
            PATH_SUFFIXES share/cmake/Torch torch/share/cmake/Torch
            NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH)
  if(NOT VCISR_TORCH_CONFIG)
    foreach(root IN LISTS ARGN)
      if(EXISTS ${root}/share/cmake/Torch/TorchConfig.cmake)
        set(VCISR_TORCH_CONFIG ${root}/share/cmake/Torch/TorchConfig.cmake)
        break()
      endif()
    endforeach()
  endif()
  if(VCISR_TORCH_CONFIG)
    cmake_path(SET root NORMALIZE "${VCISR_TORCH_CONFIG}/../../../..")
    string(REGEX REPLACE "/$" "" root "${root}")
    set(${out} ${root} PARENT_SCOPE)
  else()
    set(${out} "" PARENT_SCOPE)
  endif()
  unset(VCISR_TORCH_CONFIG CACHE)
endfunction()

# Sets `out` to the version of LibTorch at `root` ("2.11.0"), or to nothing.
function(vcisr_torch_version root out)
  set(version "")
  set(file ${root}/share/cmake/Torch/TorchConfigVersion.cmake)
  if(EXISTS ${file})
    file(STRINGS ${file} line REGEX "PACKAGE_VERSION \"" LIMIT_COUNT 1)
    string(REGEX REPLACE ".*\"([^\"]*)\".*" "\\1" version "${line}")
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Makes vcisr_dep::torch from LibTorch at `root`: its CPU libraries, and with `with_cuda` its CUDA
# libraries too. The CUDA run time itself comes from CUDA::cudart (cmake/dependency/cuda.cmake).
function(vcisr_add_torch_targets root with_cuda)
  if(TARGET vcisr_dep::torch)
    return()
  endif()
  foreach(name c10 torch_cpu)
    add_library(vcisr_dep::${name} SHARED IMPORTED GLOBAL)
    set_target_properties(vcisr_dep::${name} PROPERTIES IMPORTED_LOCATION ${root}/lib/lib${name}.so)
  endforeach()
  add_library(vcisr_dep::torch INTERFACE IMPORTED GLOBAL)
  # SYSTEM: LibTorch's headers do not pass our warnings.
  set_target_properties(vcisr_dep::torch PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${root}/include;${root}/include/torch/csrc/api/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${root}/include;${root}/include/torch/csrc/api/include"
    INTERFACE_COMPILE_FEATURES cxx_std_17)
  target_link_libraries(vcisr_dep::torch INTERFACE vcisr_dep::torch_cpu vcisr_dep::c10)
  # The Python package keeps NVIDIA's run-time libraries beside torch; an older NCCL of the system
  # would otherwise be taken at link time.
  file(GLOB nvidia_lib_dirs ${root}/../nvidia/*/lib)
  foreach(dir IN LISTS nvidia_lib_dirs)
    target_link_options(vcisr_dep::torch INTERFACE "LINKER:-rpath-link,${dir}")
  endforeach()
  target_link_options(vcisr_dep::torch INTERFACE "LINKER:-rpath-link,${root}/lib")

  if(with_cuda)
    foreach(name c10_cuda torch_cuda)
      add_library(vcisr_dep::${name} SHARED IMPORTED GLOBAL)
      set_target_properties(vcisr_dep::${name} PROPERTIES
        IMPORTED_LOCATION ${root}/lib/lib${name}.so)
    endforeach()
    add_library(vcisr_dep::torch_with_cuda INTERFACE IMPORTED GLOBAL)
    # torch_cuda registers its kernels by being loaded: no symbol of it need be used.
    target_link_libraries(vcisr_dep::torch_with_cuda INTERFACE
      vcisr_dep::torch vcisr_dep::c10_cuda
      "-Wl,--no-as-needed,${root}/lib/libtorch_cuda.so,--as-needed")
  endif()
endfunction()
