# SPDX-License-Identifier: Apache-2.0
# Model files of no-reference metrics that tools/setup.sh fetched: copied to where the library looks, and
# installed. Without them everything builds; NIQE then asks for --metric-models.
#
# Wants _vcisr_deps (dependency/torch.cmake).
set(VCISR_METRIC_MODELS ${_vcisr_deps}/metric-models)
if(EXISTS ${VCISR_METRIC_MODELS}/niqe_pris_params.npz)
  file(GLOB _vcisr_metric_models ${VCISR_METRIC_MODELS}/*.npz ${VCISR_METRIC_MODELS}/*.txt)
  file(COPY ${_vcisr_metric_models} DESTINATION ${PROJECT_BINARY_DIR}/share/vcisr/metric-models)
  if(VCISR_INSTALL AND BUILD_SHARED_LIBS)
    install(FILES ${_vcisr_metric_models}
            DESTINATION ${CMAKE_INSTALL_DATADIR}/vcisr/metric-models)
  endif()
else()
  message(STATUS "NIQE's parameters were not found in ${VCISR_METRIC_MODELS}: tools/setup.sh fetches "
                 "them.")
endif()
