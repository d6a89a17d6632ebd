// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include <jerror.h>
#include <jpeglib.h>

#include "media/codec_session.h"
#include "vcisr/core/error.h"
#include "vcisr/media/still_round_trip.h"

namespace vcisr::media {
namespace {

constexpr int kRgbBytes = 3;

// libjpeg is C: an exception must not pass through it, and longjmp must not pass over objects with
// destructors. So each direction is one function of plain data, which its caller owns, that catches
// the jump itself and says whether it got through.

/// Where libjpeg's errors end up.
struct ErrorState {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> text;
};

[[noreturn]] void on_error(j_common_ptr codec) {
  auto* const state = reinterpret_cast<ErrorState*>(codec->err);
  codec->err->format_message(codec, state->text.data());
  std::longjmp(state->jump, 1);
}

/// Keeps the first warning's text; libjpeg's own writes to stderr.
void on_message(j_common_ptr codec, int level) {
  auto* const state = reinterpret_cast<ErrorState*>(codec->err);
  if (level >= 0) return;
  if (codec->err->num_warnings++ == 0) codec->err->format_message(codec, state->text.data());
}

jpeg_error_mgr* prepare(ErrorState& state) {
  jpeg_std_error(&state.manager);
  state.manager.error_exit = on_error;
  state.manager.emit_message = on_message;
  state.text.fill('\0');
  return &state.manager;
}

/// A buffer that is large enough for the worst picture, so that it never has to grow.
struct FixedBuffer {
  jpeg_destination_mgr manager;
  std::uint8_t* data;
  std::size_t capacity;
  std::size_t size;
};

void start_buffer(j_compress_ptr codec) {
  auto* const buffer = reinterpret_cast<FixedBuffer*>(codec->dest);
  buffer->manager.next_output_byte = buffer->data;
  buffer->manager.free_in_buffer = buffer->capacity;
}

boolean refuse_more(j_compress_ptr codec) {
  codec->err->msg_code = JERR_BUFFER_SIZE;
  codec->err->error_exit(reinterpret_cast<j_common_ptr>(codec));
  return FALSE;
}

void finish_buffer(j_compress_ptr codec) {
  auto* const buffer = reinterpret_cast<FixedBuffer*>(codec->dest);
  buffer->size = buffer->capacity - buffer->manager.free_in_buffer;
}

struct Picture {
  std::uint8_t* rgb;
  int width;
  int height;
};

void set_options(jpeg_compress_struct& codec, const JpegOptions& options) {
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, options.quality, TRUE);
  codec.dct_method = JDCT_ISLOW;
  codec.comp_info[0].h_samp_factor = options.chroma == JpegChroma::k444 ? 1 : 2;
  codec.comp_info[0].v_samp_factor = options.chroma == JpegChroma::k420 ? 2 : 1;
}

bool compress(jpeg_compress_struct& codec, const Picture& picture, const JpegOptions& options,
              FixedBuffer& buffer, ErrorState& state) {
  codec.err = prepare(state);
  if (setjmp(state.jump) != 0) {  // NOLINT(cert-err52-cpp): the only way out of libjpeg
    jpeg_destroy_compress(&codec);
    return false;
  }
  jpeg_create_compress(&codec);
  codec.dest = &buffer.manager;
  codec.image_width = static_cast<JDIMENSION>(picture.width);
  codec.image_height = static_cast<JDIMENSION>(picture.height);
  codec.input_components = kRgbBytes;
  codec.in_color_space = JCS_RGB;
  set_options(codec, options);
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < codec.image_height) {
    JSAMPROW row = picture.rgb + std::size_t{codec.next_scanline} * codec.image_width * kRgbBytes;
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return true;
}

bool decompress(jpeg_decompress_struct& codec, const FixedBuffer& buffer, const Picture& picture,
                ErrorState& state) {
  codec.err = prepare(state);
  if (setjmp(state.jump) != 0) {  // NOLINT(cert-err52-cpp)
    jpeg_destroy_decompress(&codec);
    return false;
  }
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, buffer.data, static_cast<unsigned long>(buffer.size));
  jpeg_read_header(&codec, TRUE);
  codec.out_color_space = JCS_RGB;
  jpeg_start_decompress(&codec);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row =
        picture.rgb + std::size_t{codec.output_scanline} * codec.output_width * kRgbBytes;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  const bool is_whole = state.manager.num_warnings == 0;
  jpeg_destroy_decompress(&codec);
  return is_whole;
}

/// Headers, and coefficients that all need their longest codes (6 bytes for each pixel of 4:4:4).
std::size_t worst_size(std::int64_t width, std::int64_t height) {
  constexpr std::size_t kHeaders = 4096;
  constexpr std::size_t kBytesPerPixel = 6;
  const auto padded = [](std::int64_t side) {
    return static_cast<std::size_t>((side + 15) / 16 * 16);
  };
  return kHeaders + kBytesPerPixel * padded(width) * padded(height);
}

void check_options(const RgbClip& clip, const JpegOptions& options) {
  check_clip_sides(clip.frames, clip.height, clip.width);
  check_clip_bytes(clip, clip.height * clip.width * kRgbBytes, clip.pixels.size());
  if (options.quality < 1 || options.quality > 100) {
    throw ConfigError("JPEG quality " + std::to_string(options.quality) + " is outside 1 to 100");
  }
}

}  // namespace

RgbClip jpeg_round_trip(const RgbClip& clip, const JpegOptions& options) {
  check_options(clip, options);
  RgbClip result = clip;
  const std::size_t capacity = worst_size(clip.width, clip.height);
  const auto file = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  FixedBuffer buffer{};
  buffer.manager.init_destination = start_buffer;
  buffer.manager.empty_output_buffer = refuse_more;
  buffer.manager.term_destination = finish_buffer;
  buffer.data = file.get();
  buffer.capacity = capacity;
  const auto frame_bytes = static_cast<std::size_t>(clip.height * clip.width * kRgbBytes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(clip.frames); ++i) {
    const Picture picture{result.pixels.data() + i * frame_bytes, static_cast<int>(clip.width),
                          static_cast<int>(clip.height)};
    ErrorState state{};
    jpeg_compress_struct compressor{};
    jpeg_decompress_struct decompressor{};
    if (!compress(compressor, picture, options, buffer, state) ||
        !decompress(decompressor, buffer, picture, state)) {
      throw MediaError("JPEG of " + size_text(clip.width, clip.height) + " at quality " +
                       std::to_string(options.quality) + " failed: " + state.text.data());
    }
  }
  return result;
}

}  // namespace vcisr::media
