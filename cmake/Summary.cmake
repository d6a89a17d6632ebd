# SPDX-License-Identifier: Apache-2.0
if(PROJECT_IS_TOP_LEVEL)
  message(STATUS "vcisr ${PROJECT_VERSION}: LibTorch ${VCISR_TORCH_ROOT}")
  message(STATUS "  CUDA kernels ${VCISR_CUDA}, media ${VCISR_WITH_MEDIA}, tools ${VCISR_BUILD_TOOLS}, "
                 "tests ${VCISR_DEVELOPER_MODE}, sanitizers '${VCISR_SANITIZE}'")
  message(STATUS "  training in several processes: Gloo (CPU) ${VCISR_GLOO}, NCCL (GPUs) ${VCISR_NCCL}")
  message(STATUS "  metrics: NRQM's model files (matio) ${VCISR_MATIO}")
endif()
