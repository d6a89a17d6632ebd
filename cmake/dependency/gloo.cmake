# SPDX-License-Identifier: Apache-2.0
# Gloo, for training in several processes on the CPU. Its code is inside LibTorch; what LibTorch's package
# lacks are Gloo's headers (Debian: libgloo-dev). Optional: sets VCISR_GLOO.
set(VCISR_GLOO OFF)
find_path(VCISR_GLOO_INCLUDE_DIR gloo/algorithm.h)
mark_as_advanced(VCISR_GLOO_INCLUDE_DIR)
if(VCISR_GLOO_INCLUDE_DIR AND
   EXISTS ${VCISR_TORCH_ROOT}/include/torch/csrc/distributed/c10d/ProcessGroupGloo.hpp)
  set(VCISR_GLOO ON)
else()
  message(STATUS "Training in several processes on the CPU is left out: the headers of Gloo were not "
                 "found (libgloo-dev).")
endif()
