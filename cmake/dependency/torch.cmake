# SPDX-License-Identifier: Apache-2.0
# vcisr_dep::torch: LibTorch, linked by our own imported targets.
#
# find_package(Torch) stops without a CUDA toolkit when LibTorch is a CUDA build, whatever we ask for,
# so only the folder is taken from it. Order: Torch_DIR, CMAKE_PREFIX_PATH, the shared virtual
# environment that tools/setup.sh makes.
include(${CMAKE_CURRENT_LIST_DIR}/../VcisrTorch.cmake)

if(DEFINED ENV{VCISR_DEPS})
  set(_vcisr_deps $ENV{VCISR_DEPS})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(_vcisr_deps $ENV{XDG_CACHE_HOME}/vcisr)
else()
  set(_vcisr_deps $ENV{HOME}/.cache/vcisr)
endif()
file(GLOB _vcisr_venv_torch ${_vcisr_deps}/torch-2.11.0/lib/python3*/site-packages/torch)

vcisr_find_torch(VCISR_TORCH_ROOT ${_vcisr_venv_torch})
if(NOT VCISR_TORCH_ROOT)
  message(FATAL_ERROR "LibTorch was not found: run tools/setup.sh, or give its folder with "
                      "-DTorch_DIR=<libtorch>/share/cmake/Torch or CMAKE_PREFIX_PATH.")
endif()
if(EXISTS ${VCISR_TORCH_ROOT}/lib/libtorch_cuda.so)
  set(VCISR_TORCH_HAS_CUDA TRUE)
else()
  set(VCISR_TORCH_HAS_CUDA FALSE)
endif()
