// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>

#include <webp/decode.h>
#include <webp/encode.h>

#include "media/codec_session.h"
#include "vcisr/core/error.h"
#include "vcisr/media/still_round_trip.h"

namespace vcisr::media {
namespace {

constexpr int kRgbBytes = 3;

std::string quality_text(const WebpOptions& options) {
  std::ostringstream text;
  text << options.quality;
  return text.str();
}

void check_options(const RgbClip& clip, const WebpOptions& options) {
  check_clip_sides(clip.frames, clip.height, clip.width);
  check_clip_bytes(clip, clip.height * clip.width * kRgbBytes, clip.pixels.size());
  if (!(options.quality >= 0 && options.quality <= 100)) {
    throw ConfigError("WebP quality " + quality_text(options) + " is outside 0 to 100");
  }
  if (clip.width > WEBP_MAX_DIMENSION || clip.height > WEBP_MAX_DIMENSION) {
    throw ConfigError("clip of " + size_text(clip.width, clip.height) +
                      " pixels: WebP holds sides up to " + std::to_string(WEBP_MAX_DIMENSION));
  }
}

struct WebpFree {
  void operator()(std::uint8_t* bytes) const { WebPFree(bytes); }
};

void round_trip(std::uint8_t* rgb, int width, int height, const WebpOptions& options) {
  const int stride = width * kRgbBytes;
  std::uint8_t* bytes = nullptr;
  const std::size_t size =
      WebPEncodeRGB(rgb, width, height, stride, static_cast<float>(options.quality), &bytes);
  const std::unique_ptr<std::uint8_t, WebpFree> file(bytes);
  const auto capacity = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height);
  if (size == 0 || WebPDecodeRGBInto(bytes, size, rgb, capacity, stride) == nullptr) {
    throw MediaError("WebP of " + size_text(width, height) + " at quality " +
                     quality_text(options) +
                     (size == 0 ? " cannot be encoded" : " cannot be decoded"));
  }
}

}  // namespace

RgbClip webp_round_trip(const RgbClip& clip, const WebpOptions& options) {
  check_options(clip, options);
  RgbClip result = clip;
  const auto frame_bytes = static_cast<std::size_t>(clip.height * clip.width * kRgbBytes);
  for (std::size_t i = 0; i < static_cast<std::size_t>(clip.frames); ++i) {
    round_trip(result.pixels.data() + i * frame_bytes, static_cast<int>(clip.width),
               static_cast<int>(clip.height), options);
  }
  return result;
}

}  // namespace vcisr::media
