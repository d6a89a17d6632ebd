// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "media/image_bytes.h"
#include "vcisr/media/image.h"

namespace vcisr::media {

/// Decodes an 8-bit JPEG, WebP or BMP file whose header said width x height. Orientation and
/// metadata are not touched. Errors  InputError.
[[nodiscard]] Image decode_with_opencv(ByteSpan bytes, std::int64_t width, std::int64_t height,
                                       const std::string& name);

/// Encodes an 8-bit picture by OpenCV's extension (".jpg") and parameters. Grey with alpha becomes
/// RGBA. Errors  OutputError.
[[nodiscard]] Bytes encode_with_opencv(const char* extension, const Image& image,
                                       const std::vector<int>& parameters, const std::string& name);

}  // namespace vcisr::media
