// SPDX-License-Identifier: Apache-2.0
// The round trip of planes as they are.
#include <cstring>

#include "media/codec_session.h"
#include "media/codec_settings.h"
#include "vcisr/core/error.h"
#include "vcisr/media/codec_round_trip.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

bool is_planar_8bit_yuv(const AVPixFmtDescriptor& format) {
  return (format.flags & AV_PIX_FMT_FLAG_RGB) == 0 &&
         (format.flags & AV_PIX_FMT_FLAG_PLANAR) != 0 && format.nb_components == 3 &&
         format.comp[0].depth == 8 && format.comp[1].plane == 1 && format.comp[2].plane == 2;
}

void check_format(const YuvClip& clip, const CodecOptions& options) {
  const AVPixFmtDescriptor* const format =
      av_pix_fmt_desc_get(av_get_pix_fmt(options.pixel_format.c_str()));
  if (format != nullptr && is_planar_8bit_yuv(*format) &&
      format->log2_chroma_w == clip.chroma_shift_x &&
      format->log2_chroma_h == clip.chroma_shift_y) {
    return;
  }
  throw ConfigError(
      "pixel format '" + options.pixel_format +
      "' is not 8-bit planar YUV with a chroma sample for each " +
      size_text(std::int64_t{1} << clip.chroma_shift_x, std::int64_t{1} << clip.chroma_shift_y) +
      " pixels, as the clip has it");
}

void check_planar_clip(const YuvClip& clip, const CodecOptions& options) {
  constexpr int kMaxShift = 2;
  for (const int shift : {clip.chroma_shift_x, clip.chroma_shift_y}) {
    if (shift < 0 || shift > kMaxShift) {
      throw ConfigError("chroma shift " + std::to_string(shift) + " of a clip is outside 0 to " +
                        std::to_string(kMaxShift));
    }
  }
  check_clip_sides(clip.frames, clip.height, clip.width);
  check_clip_bytes(clip, clip.frame_samples(), clip.samples.size());
  check_format(clip, options);
  if ((options.width != 0 && options.width != clip.width) ||
      (options.height != 0 && options.height != clip.height)) {
    throw ConfigError("encoded size " + size_text(options.width, options.height) +
                      " is not that of the planes, " + size_text(clip.width, clip.height) +
                      ": planes are encoded as they are");
  }
}

/// Calls visit(plane, width, height, bytes before it in the frame) for Y, U and V.
template <class Visit>
void for_each_plane(const YuvClip& clip, const Visit& visit) {
  const std::int64_t luma = clip.height * clip.width;
  const std::int64_t chroma = clip.chroma_height() * clip.chroma_width();
  visit(0, clip.width, clip.height, std::int64_t{0});
  visit(1, clip.chroma_width(), clip.chroma_height(), luma);
  visit(2, clip.chroma_width(), clip.chroma_height(), luma + chroma);
}

void copy_rows(const std::uint8_t* from, std::ptrdiff_t from_stride, std::uint8_t* to,
               std::ptrdiff_t to_stride, std::int64_t width, std::int64_t height) {
  for (std::int64_t y = 0; y < height; ++y, from += from_stride, to += to_stride) {
    std::memcpy(to, from, static_cast<std::size_t>(width));
  }
}

AvFramePtr make_frame(const YuvClip& clip, const CodecSetup& setup, std::int64_t index) {
  AvFramePtr frame = make_buffered_frame(setup.format, setup.width, setup.height);
  const std::uint8_t* const samples = clip.samples.data() + index * clip.frame_samples();
  for_each_plane(clip, [&](int plane, std::int64_t width, std::int64_t height, std::int64_t at) {
    copy_rows(samples + at, width, frame->data[plane], frame->linesize[plane], width, height);
  });
  return frame;
}

void take_frame(const AVFrame& frame, std::int64_t index, YuvClip& clip) {
  std::uint8_t* const samples = clip.samples.data() + index * clip.frame_samples();
  for_each_plane(clip, [&](int plane, std::int64_t width, std::int64_t height, std::int64_t at) {
    copy_rows(frame.data[plane], frame.linesize[plane], samples + at, width, width, height);
  });
}

}  // namespace

YuvClip codec_round_trip(const YuvClip& clip, const CodecOptions& options) {
  check_planar_clip(clip, options);
  CodecOptions sized = options;
  sized.width = clip.width;
  sized.height = clip.height;
  const CodecSetup setup = make_codec_setup(sized);
  YuvClip result{clip.frames,         clip.height,         clip.width,
                 clip.chroma_shift_x, clip.chroma_shift_y, {}};
  result.samples.resize(clip.samples.size());
  const CodecEnds ends{
      [&](std::int64_t index) { return make_frame(clip, setup, index); },
      [&](const AVFrame& frame, std::int64_t index) { take_frame(frame, index, result); }};
  run_codec(setup, sized, clip.frames, ends);
  return result;
}

}  // namespace vcisr::media
