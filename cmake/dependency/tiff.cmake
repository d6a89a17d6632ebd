# SPDX-License-Identifier: Apache-2.0
# libtiff itself, for the ICC, EXIF and XMP tags that OpenCV drops.
find_package(TIFF 4.5 REQUIRED)
add_library(vcisr_dep::tiff INTERFACE IMPORTED GLOBAL)
target_link_libraries(vcisr_dep::tiff INTERFACE TIFF::TIFF)
