# SPDX-License-Identifier: Apache-2.0
# NCCL, for training on several GPUs. LibTorch links it; only its header is needed, and it must be of that
# very version: the one beside the torch package comes first. Optional: sets VCISR_NCCL.
set(VCISR_NCCL OFF)
if(VCISR_CUDA)
  find_path(VCISR_NCCL_INCLUDE_DIR nccl.h PATHS ${VCISR_TORCH_ROOT}/../nvidia/nccl/include
            NO_DEFAULT_PATH)
  find_path(VCISR_NCCL_INCLUDE_DIR nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
  mark_as_advanced(VCISR_NCCL_INCLUDE_DIR)
  if(VCISR_NCCL_INCLUDE_DIR AND
     EXISTS ${VCISR_TORCH_ROOT}/include/torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp)
    set(VCISR_NCCL ON)
  else()
    message(STATUS "Training on several GPUs is left out: nccl.h was not found.")
  endif()
endif()
