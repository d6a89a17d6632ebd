# SPDX-License-Identifier: Apache-2.0
# FFmpeg >= 5.1: libavcodec 59.37, libavformat 59.27, libavfilter 8.44, libswscale 6.7, libavutil 57.28.
find_package(PkgConfig REQUIRED)
pkg_check_modules(VCISR_FFMPEG REQUIRED IMPORTED_TARGET
  libavformat>=59.27 libavcodec>=59.37 libavfilter>=8.44 libswscale>=6.7 libavutil>=57.28)
add_library(vcisr_dep::ffmpeg INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::ffmpeg INTERFACE PkgConfig::VCISR_FFMPEG)
