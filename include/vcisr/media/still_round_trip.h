// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vcisr/media/codec_round_trip.h"

namespace vcisr::media {

/// Pixels, across x down, that share one chroma sample in a JPEG: 2x2, 2x1, 1x1.
enum class JpegChroma { k420, k422, k444 };

struct JpegOptions {
  int quality = 75;  ///< 1..100, libjpeg's scaling of the standard's tables.
  JpegChroma chroma = JpegChroma::k420;
};

/// Each picture of the clip by itself to a JPEG file in memory and back, by libjpeg.
///
/// Shape    As the argument; any size up to 16384 a side.
/// Bytes    Baseline with the standard's tables, slow-integer DCT, the decoder's own defaults
/// (fancy
///          upsampling): what cjpeg and djpeg, and OpenCV's imencode and imdecode, give for the
///          same quality. Integers only: equal in every run.
/// Threads  Any number of calls side by side.
/// Errors   ConfigError: quality out of range, a clip that is none. MediaError with libjpeg's own
///          text, and nothing else printed.
[[nodiscard]] RgbClip jpeg_round_trip(const RgbClip& clip, const JpegOptions& options);

struct WebpOptions {
  double quality = 75;  ///< 0..100. 100 is still lossy.
};

/// Each picture of the clip by itself to a lossy WebP file in memory and back, by libwebp.
///
/// Shape    As the argument; any size up to 16383 a side.
/// Bytes    libwebp's default preset and effort, one thread: what OpenCV's imencode and imdecode
///          give for the same quality. Equal in every run with one build of the library.
/// Threads  Any number of calls side by side.
/// Errors   ConfigError: quality out of range, a clip that is none. MediaError: libwebp fails.
[[nodiscard]] RgbClip webp_round_trip(const RgbClip& clip, const WebpOptions& options);

}  // namespace vcisr::media
