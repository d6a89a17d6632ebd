// SPDX-License-Identifier: Apache-2.0
#include "media/video_probe.h"

#include <cmath>
#include <cstring>
#include <string>

#include "media/av_compat.h"
#include "media/av_pixel_format.h"
#include "media/video_source.h"
#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/mastering_display_metadata.h>
}

namespace vcisr::media {
namespace {

Rational to_rational(AVRational value) { return {value.num, value.den == 0 ? 1 : value.den}; }

/// The decoder's word, which merges bitstream and container; the container's where it has none.
ColorTags read_tags(const AVFrame& frame, const AVCodecParameters& parameters) {
  ColorTags tags;
  tags.primaries = frame.color_primaries != AVCOL_PRI_UNSPECIFIED ? frame.color_primaries
                                                                  : parameters.color_primaries;
  tags.transfer = frame.color_trc != AVCOL_TRC_UNSPECIFIED ? frame.color_trc : parameters.color_trc;
  tags.matrix =
      frame.colorspace != AVCOL_SPC_UNSPECIFIED ? frame.colorspace : parameters.color_space;
  tags.range =
      frame.color_range != AVCOL_RANGE_UNSPECIFIED ? frame.color_range : parameters.color_range;
  tags.chroma_location = frame.chroma_location != AVCHROMA_LOC_UNSPECIFIED
                             ? frame.chroma_location
                             : parameters.chroma_location;
  if (is_full_range_twin(static_cast<AVPixelFormat>(frame.format))) tags.range = AVCOL_RANGE_JPEG;
  return tags;
}

FieldOrder read_field_order(const AVFrame& frame, const AVCodecParameters& parameters) {
  if (is_interlaced(frame)) {
    return is_top_field_first(frame) ? FieldOrder::kTopFirst : FieldOrder::kBottomFirst;
  }
  switch (parameters.field_order) {
    case AV_FIELD_PROGRESSIVE:
      return FieldOrder::kProgressive;
    case AV_FIELD_TT:
    case AV_FIELD_TB:
      return FieldOrder::kTopFirst;
    case AV_FIELD_BB:
    case AV_FIELD_BT:
      return FieldOrder::kBottomFirst;
    default:
      return FieldOrder::kUnknown;
  }
}

template <class Value>
const Value* frame_side_data(const AVFrame& frame, AVFrameSideDataType type) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, type);
  return data == nullptr || data->size < sizeof(Value) ? nullptr
                                                       : reinterpret_cast<const Value*>(data->data);
}

template <class Value>
const Value* stream_data(const AVStream& stream, AVPacketSideDataType type) {
  const auto bytes = stream_side_data(stream, type);
  return bytes.size() < sizeof(Value) ? nullptr : reinterpret_cast<const Value*>(bytes.data());
}

void read_hdr(const AVStream& stream, const AVFrame& frame, VideoInfo& info) {
  const auto* display =
      frame_side_data<AVMasteringDisplayMetadata>(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (display == nullptr) {
    display =
        stream_data<AVMasteringDisplayMetadata>(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
  }
  if (display != nullptr) {
    MasteringDisplay read;
    for (std::size_t color = 0; color < 3; ++color) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        read.primaries[color][axis] = to_rational(display->display_primaries[color][axis]);
      }
    }
    read.white_point = {to_rational(display->white_point[0]), to_rational(display->white_point[1])};
    read.min_luminance = to_rational(display->min_luminance);
    read.max_luminance = to_rational(display->max_luminance);
    read.has_primaries = display->has_primaries != 0;
    read.has_luminance = display->has_luminance != 0;
    info.mastering_display = read;
  }
  const auto* light =
      frame_side_data<AVContentLightMetadata>(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (light == nullptr) {
    light = stream_data<AVContentLightMetadata>(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
  }
  if (light != nullptr) info.content_light = ContentLight{light->MaxCLL, light->MaxFALL};
  if (av_frame_get_side_data(&frame, AV_FRAME_DATA_DYNAMIC_HDR_PLUS) != nullptr) {
    info.notes.emplace_back("HDR10+ dynamic metadata is left out");
  }
  if (av_frame_get_side_data(&frame, AV_FRAME_DATA_DOVI_METADATA) != nullptr ||
      !stream_side_data(stream, AV_PKT_DATA_DOVI_CONF).empty()) {
    info.notes.emplace_back("Dolby Vision metadata is left out");
  }
}

void read_display_matrix(const AVStream& stream, const AVFrame& frame, VideoInfo& info) {
  using Matrix = std::array<std::int32_t, 9>;
  const auto* matrix = stream_data<Matrix>(stream, AV_PKT_DATA_DISPLAYMATRIX);
  if (matrix == nullptr) {
    matrix = frame_side_data<Matrix>(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  }
  constexpr Matrix kIdentity = {1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30};
  if (matrix != nullptr && *matrix != kIdentity) info.display_matrix = *matrix;
}

void read_times(const AVFormatContext& input, const AVStream& stream, VideoInfo& info) {
  info.time_base = to_rational(stream.time_base);
  info.base_frame_rate = to_rational(stream.r_frame_rate);
  info.frame_rate =
      stream.avg_frame_rate.num > 0 ? to_rational(stream.avg_frame_rate) : info.base_frame_rate;
  if (stream.start_time != AV_NOPTS_VALUE) info.start_pts = stream.start_time;
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    info.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (input.duration != AV_NOPTS_VALUE && input.duration > 0) {
    info.duration_s = static_cast<double>(input.duration) / AV_TIME_BASE;
  }
  if (stream.nb_frames > 0) {
    info.frame_count = stream.nb_frames;
  } else if (info.duration_s && info.frame_rate.num > 0) {
    info.frame_count = std::llround(*info.duration_s * info.frame_rate.value());
  }
}

std::int64_t hidden_frames(AVStream& stream) {
  const int entries = avformat_index_get_entries_count(&stream);
  std::int64_t hidden = 0;
  for (int i = 0; i < entries; ++i) {
    const AVIndexEntry* const entry = avformat_index_get_entry(&stream, i);
    if (entry != nullptr && (entry->flags & AVINDEX_DISCARD_FRAME) != 0) ++hidden;
  }
  return hidden;
}

void read_color(VideoInfo& info, const std::string& path) {
  const bool is_rgb = info.format.layout == PixelLayout::kRgb;
  if (is_rgb && info.tags.range == AVCOL_RANGE_UNSPECIFIED) {
    // RGB is full range unless it says otherwise.
    ColorTags full = info.tags;
    full.range = AVCOL_RANGE_JPEG;
    full.matrix = AVCOL_SPC_RGB;
    info.color = resolve_color(full, info.width, info.height).spec;
    return;
  }
  try {
    const ResolvedColor resolved = resolve_color(info.tags, info.width, info.height);
    info.color = resolved.spec;
    info.matrix_guessed =
        resolved.matrix_guessed && !is_rgb && info.format.layout != PixelLayout::kGray;
  } catch (const InputError& error) {
    throw InputError(display_name(path) + ": " + error.what());
  }
  if (info.matrix_guessed) {
    info.notes.push_back("the film does not name its colour matrix; " + describe(info.color) +
                         " is assumed from its size");
  }
}

void note_conversion(AVPixelFormat source, const AVStream& stream, VideoInfo& info) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(source);
  // Palettes always have room for alpha; films hardly ever use it.
  info.has_alpha = (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 &&
                   (description->flags & AV_PIX_FMT_FLAG_PAL) == 0;
  // VP8 and VP9 carry it beside the pictures, where FFmpeg's decoders do not look.
  const AVDictionaryEntry* mode = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
  info.has_alpha = info.has_alpha || (mode != nullptr && std::strcmp(mode->value, "1") == 0);
  if (info.has_alpha) info.notes.emplace_back("the film's alpha channel is left out");
  const bool is_lossy = (description->flags & AV_PIX_FMT_FLAG_FLOAT) != 0 ||
                        source == AV_PIX_FMT_XYZ12LE || source == AV_PIX_FMT_XYZ12BE;
  if (is_lossy) {
    info.notes.push_back("pixel format " + info.source_pixel_format + " is read as " +
                         name(info.format));
  }
}

}  // namespace

VideoInfo probe_video(const std::string& path, AVFormatContext& input, AVStream& stream,
                      AVFrame& first, const PixelFormat& format) {
  VideoInfo info;
  info.path = path;
  info.container = input.iformat->name;
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  info.width = first.width;
  info.height = first.height;
  info.format = format;
  const auto source_format = static_cast<AVPixelFormat>(first.format);
  info.source_pixel_format = av_get_pix_fmt_name(source_format);
  info.tags = read_tags(first, *stream.codecpar);
  note_conversion(source_format, stream, info);
  read_color(info, path);
  info.field_order = read_field_order(first, *stream.codecpar);
  info.is_interlaced =
      info.field_order == FieldOrder::kTopFirst || info.field_order == FieldOrder::kBottomFirst;
  if (info.is_interlaced) {
    info.notes.emplace_back("the film is interlaced; its frames are taken as they are");
  }
  read_times(input, stream, info);
  if (first.best_effort_timestamp != AV_NOPTS_VALUE) info.first_pts = first.best_effort_timestamp;
  info.edit_list_hidden_frames = hidden_frames(stream);
  info.film_start_us = film_start_us(input);
  info.other_stream_count = static_cast<int>(input.nb_streams) - 1;
  const AVRational aspect = av_guess_sample_aspect_ratio(&input, &stream, &first);
  info.sample_aspect_ratio = to_rational(aspect);
  read_display_matrix(stream, first, info);
  read_hdr(stream, first, info);
  return info;
}

}  // namespace vcisr::media
