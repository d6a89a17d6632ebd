// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

extern "C" {
#include <libavutil/version.h>
}

#include <cstdint>
#include <cstring>
#include <span>

namespace vcisr::media {

/// What FFmpeg 5.1 and later versions name differently.

inline std::int64_t frame_duration(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

inline bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

inline bool is_top_field_first(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
  return frame.top_field_first != 0;
#endif
}

inline void mark_interlaced(AVFrame& frame, bool top_field_first) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  frame.flags |= AV_FRAME_FLAG_INTERLACED;
  if (top_field_first) frame.flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
  frame.interlaced_frame = 1;
  frame.top_field_first = top_field_first ? 1 : 0;
#endif
}

/// Side data of a stream; empty when it has none of that type.
inline std::span<const std::uint8_t> stream_side_data(const AVStream& stream,
                                                      AVPacketSideDataType type) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData* data = av_packet_side_data_get(stream.codecpar->coded_side_data,
                                                         stream.codecpar->nb_coded_side_data, type);
  if (data == nullptr) return {};
  return {data->data, data->size};
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, type, &size);
  if (data == nullptr) return {};
  return {data, size};
#endif
}

inline void add_stream_side_data(AVStream& stream, AVPacketSideDataType type,
                                 std::span<const std::uint8_t> bytes) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  AVPacketSideData* data =
      av_packet_side_data_new(&stream.codecpar->coded_side_data,
                              &stream.codecpar->nb_coded_side_data, type, bytes.size(), 0);
  std::uint8_t* target = data == nullptr ? nullptr : data->data;
#else
  std::uint8_t* target = av_stream_new_side_data(&stream, type, bytes.size());
#endif
  if (target == nullptr) throw std::bad_alloc();
  std::memcpy(target, bytes.data(), bytes.size());
}

/// The encoder's pixel formats, ended by AV_PIX_FMT_NONE; nullptr when it names none.
inline const AVPixelFormat* encoder_pixel_formats(const AVCodec& encoder) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* formats = nullptr;
  if (avcodec_get_supported_config(nullptr, &encoder, AV_CODEC_CONFIG_PIX_FORMAT, 0, &formats,
                                   nullptr) < 0) {
    return nullptr;
  }
  return static_cast<const AVPixelFormat*>(formats);
#else
  return encoder.pix_fmts;
#endif
}

}  // namespace vcisr::media
