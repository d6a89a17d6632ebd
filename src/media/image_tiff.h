// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <tiffio.h>

#include "media/image_bytes.h"

namespace vcisr::media {

struct TiffCloser {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, TiffCloser>;

/// What libtiff's callbacks work on; it must outlive the handle. libtiff's messages go here, not to
/// stderr.
struct TiffMemory {
  ByteSpan input;           ///< While reading.
  Bytes* output = nullptr;  ///< While writing.
  std::size_t position = 0;
  std::string error;  ///< The first error since it was last cleared.
};

/// `mode` as for TIFFOpen. Null on failure, with memory.error set.
[[nodiscard]] TiffPtr open_tiff(TiffMemory& memory, const std::string& name, const char* mode);

}  // namespace vcisr::media
