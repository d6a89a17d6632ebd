// SPDX-License-Identifier: Apache-2.0
#include "media/frame_converter.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace vcisr::media {
namespace {

const AVPixFmtDescriptor& describe_format(AVPixelFormat format) {
  return *av_pix_fmt_desc_get(format);
}

PixelFormat checked_nearest(AVPixelFormat source) {
  const auto nearest = nearest_format(source);
  if (!nearest) {
    const char* text = av_get_pix_fmt_name(source);
    throw InputError("pixel format " + std::string(text == nullptr ? "none" : text) +
                     " cannot be converted to planes");
  }
  return *nearest;
}

/// Where a component that is narrower than the target's depth goes: full scale stays full scale.
std::uint32_t widen(std::uint32_t value, int from_bits, int to_bits) {
  const std::uint32_t from_max = (1U << from_bits) - 1;
  const std::uint32_t to_max = (1U << to_bits) - 1;
  return (value * to_max + from_max / 2) / from_max;
}

}  // namespace

AvSwsPtr make_repacking_sws(AVPixelFormat from, AVPixelFormat to, int width, int height) {
  constexpr int kFlags =
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;
  AvSwsPtr sws(
      sws_getContext(width, height, from, width, height, to, kFlags, nullptr, nullptr, nullptr));
  if (!sws) return nullptr;
  const int* matrix = sws_getCoefficients(SWS_CS_DEFAULT);
  // The same range on both sides: samples are moved, never rescaled. Has no effect on RGB.
  sws_setColorspaceDetails(sws.get(), matrix, 1, matrix, 1, 0, 1 << 16, 1 << 16);
  return sws;
}

FrameConverter::FrameConverter(AVPixelFormat source, int width, int height)
    : source_(source),
      width_(width),
      height_(height),
      format_(checked_nearest(source)),
      is_in_place_(planes_in_place(source) == format_) {}

bool FrameConverter::needs_swscale() const {
  const AVPixFmtDescriptor& description = describe_format(source_);
  if ((description.flags & AV_PIX_FMT_FLAG_FLOAT) != 0) return true;
  if (source_ == AV_PIX_FMT_XYZ12LE || source_ == AV_PIX_FMT_XYZ12BE) return true;
  const bool has_chroma =
      format_.layout != PixelLayout::kGray && format_.layout != PixelLayout::kRgb;
  return has_chroma && (description.log2_chroma_w != format_.chroma_shift_x() ||
                        description.log2_chroma_h != format_.chroma_shift_y());
}

Frame FrameConverter::convert(AvFramePtr frame) {
  bool is_upright = true;
  for (int i = 0; i < format_.plane_count(); ++i) is_upright &= frame->linesize[i] > 0;
  if (is_in_place_ && is_upright) {
    std::array<Frame::Plane, 3> planes{};
    for (int i = 0; i < format_.plane_count(); ++i) {
      const int from = av_plane_index(format_, i);
      const int shift_x = i == 0 ? 0 : format_.chroma_shift_x();
      const int shift_y = i == 0 ? 0 : format_.chroma_shift_y();
      planes[static_cast<std::size_t>(i)] = {frame->data[from], frame->linesize[from],
                                             AV_CEIL_RSHIFT(width_, shift_x),
                                             AV_CEIL_RSHIFT(height_, shift_y)};
    }
    const std::shared_ptr<AVFrame> owner(std::move(frame));
    return {format_, width_, height_, planes, owner};
  }
  if (!pool_) pool_.emplace(format_, width_, height_);
  Frame target = pool_->get();
  if (needs_swscale()) {
    scale(*frame, target);
  } else {
    unpack(*frame, target);
  }
  return target;
}

void FrameConverter::unpack(const AVFrame& source, Frame& target) {
  for (int i = 0; i < format_.plane_count(); ++i) {
    if (source_ == AV_PIX_FMT_PAL8) {
      unpack_palette(source, i, target.plane(i));
    } else {
      unpack_plane(source, i, target.plane(i));
    }
  }
}

void FrameConverter::unpack_palette(const AVFrame& source, int component,
                                    const Frame::Plane& target) {
  // FFmpeg's palette holds 0xAARRGGBB in native order.
  const auto* const palette = reinterpret_cast<const std::uint32_t*>(source.data[1]);
  const int shift = 16 - 8 * component;
  for (std::int64_t y = 0; y < target.height; ++y) {
    const std::uint8_t* const from = source.data[0] + y * source.linesize[0];
    std::uint8_t* const to = target.data + y * target.stride_bytes;
    for (std::int64_t x = 0; x < target.width; ++x) {
      to[x] = static_cast<std::uint8_t>(palette[from[x]] >> shift);
    }
  }
}

void FrameConverter::unpack_plane(const AVFrame& source, int component,
                                  const Frame::Plane& target) {
  const AVPixFmtDescriptor& description = describe_format(source_);
  const int from_bits = description.comp[component].depth;
  const int to_bits = format_.bit_depth;
  const bool is_monowhite = source_ == AV_PIX_FMT_MONOWHITE;
  std::array<const std::uint8_t*, 4> data{};
  std::copy_n(source.data, 4, data.begin());
  line_.resize(static_cast<std::size_t>(target.width));
  // Elements of two bytes are the smallest that FFmpeg's reader writes.
  const bool is_direct = from_bits == to_bits && to_bits > 8;
  for (std::int64_t y = 0; y < target.height; ++y) {
    std::uint8_t* const row = target.data + y * target.stride_bytes;
    void* const destination = is_direct ? static_cast<void*>(row) : line_.data();
    av_read_image_line2(destination, data.data(), source.linesize, &description, 0,
                        static_cast<int>(y), component, static_cast<int>(target.width), 0, 2);
    if (is_direct) continue;
    for (std::size_t x = 0; x < line_.size(); ++x) {
      const std::uint32_t value = is_monowhite ? 1U - line_[x] : line_[x];
      const std::uint32_t wide = from_bits == to_bits ? value : widen(value, from_bits, to_bits);
      if (to_bits <= 8) {
        row[x] = static_cast<std::uint8_t>(wide);
      } else {
        reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(wide);
      }
    }
  }
}

void FrameConverter::scale(const AVFrame& source, Frame& target) {
  if (!sws_) sws_ = make_repacking_sws(source_, to_av(format_), width_, height_);
  if (!sws_) {
    throw InputError("pixel format " + std::string(av_get_pix_fmt_name(source_)) +
                     " cannot be converted to " + name(format_));
  }
  std::array<std::uint8_t*, 4> data{};
  std::array<int, 4> strides{};
  for (int i = 0; i < format_.plane_count(); ++i) {
    const auto to = static_cast<std::size_t>(av_plane_index(format_, i));
    data[to] = target.plane(i).data;
    strides[to] = static_cast<int>(target.plane(i).stride_bytes);
  }
  sws_scale(sws_.get(), source.data, source.linesize, 0, height_, data.data(), strides.data());
}

}  // namespace vcisr::media
