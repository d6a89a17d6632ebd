// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

namespace vcisr::media {

/// What a stream's or container's tags are copied for.
enum class TagUse {
  kContainer,
  kCopied,   ///< A stream whose packets stay as they are.
  kChanged,  ///< A stream that is encoded anew or cut: counts of its old packets are left out.
};

/// Copies tags, less those that describe the old file (brands, encoder, durations).
void copy_tags(const AVDictionary* from, AVDictionary** to, TagUse use);

/// Side data of a stream, all of it.
void copy_stream_side_data(const AVStream& from, AVStream& to);

/// FFmpeg's four-letter code if the new container knows it for this codec, else 0 (the muxer's
/// choice).
[[nodiscard]] unsigned keep_codec_tag(const AVOutputFormat& muxer,
                                      const AVCodecParameters& parameters);

}  // namespace vcisr::media
