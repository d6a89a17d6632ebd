# SPDX-License-Identifier: Apache-2.0
# libjpeg (libjpeg-turbo on Debian and Ubuntu), for pictures sent through JPEG in memory.
find_package(JPEG REQUIRED)
add_library(vcisr_dep::jpeg INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::jpeg INTERFACE JPEG::JPEG)
