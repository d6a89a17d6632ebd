// SPDX-License-Identifier: Apache-2.0
#include "media/codec_settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>
#include <vector>

#include "media/av_compat.h"
#include "media/av_error.h"
#include "media/encoder_parameter_names.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"
#include "vcisr/media/video_encoder.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

/// How an encoder takes its rate and effort.
enum class Family { kMpeg, kX26x, kVpx, kSvt };

struct Traits {
  std::string_view name;
  Family family;
  int min_quantiser;
  int max_quantiser;
};

constexpr std::array<Traits, 8> kTraits{{
    {"mpeg2video", Family::kMpeg, 1, 31},
    {"mpeg4", Family::kMpeg, 1, 31},
    {"libxvid", Family::kMpeg, 1, 31},
    {"libx264", Family::kX26x, 0, 51},
    {"libx265", Family::kX26x, 0, 51},
    {"libvpx-vp9", Family::kVpx, 0, 63},
    // To FFmpeg's wrapper 0 means "not given".
    {"libsvtav1", Family::kSvt, 1, 63},
    {"libaom-av1", Family::kVpx, 0, 63},
}};

constexpr int kMaxFps = 1000;
// x265 3.5's CU-tree writes beyond its rows where they have fewer than four blocks of 16 pixels
// (valgrind: heap overflow at widths up to 48).
constexpr int kMinCuTreeWidth = 64;
constexpr std::int64_t kMaxBitrateKbps = 2'000'000;

const Traits& traits_of(const std::string& codec) {
  const auto* const found =
      std::find_if(kTraits.begin(), kTraits.end(),
                   [&codec](const Traits& traits) { return traits.name == codec; });
  if (found != kTraits.end()) return *found;
  std::vector<std::string> names;
  for (const Traits& traits : kTraits) names.emplace_back(traits.name);
  throw ConfigError("codec '" + codec + "' is unknown" + did_you_mean(codec, names) +
                    "; the codecs are " + join(names));
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

std::string encoder_text(const CodecOptions& options) { return "encoder " + options.codec; }

void check_range(const CodecOptions& options, const std::string& what, double value, double low,
                 double high) {
  if (value >= low && value <= high) return;
  throw ConfigError(encoder_text(options) + ": " + what + " " + number_text(value) +
                    " is outside " + number_text(low) + " to " + number_text(high));
}

void set_option(AVCodecContext& context, const CodecOptions& options, const char* name,
                const std::string& value) {
  const LogCapture capture;
  const int code = av_opt_set(&context, name, value.c_str(), AV_OPT_SEARCH_CHILDREN);
  if (code >= 0) return;
  throw ConfigError(encoder_text(options) + ": value '" + value + "' of option '" + name +
                    "' is refused: " + av_error_text(code, capture));
}

AVPixelFormat find_pixel_format(const AVCodec& encoder, const CodecOptions& options) {
  const AVPixelFormat format = av_get_pix_fmt(options.pixel_format.c_str());
  std::vector<std::string> names;
  const AVPixelFormat* list = encoder_pixel_formats(encoder);
  for (; list != nullptr && *list != AV_PIX_FMT_NONE; ++list) {
    if (*list == format) return format;
    names.emplace_back(av_get_pix_fmt_name(*list));
  }
  if (format != AV_PIX_FMT_NONE && names.empty()) return format;
  throw ConfigError(encoder_text(options) + ": pixel format '" + options.pixel_format +
                    "' is not among those it takes" + did_you_mean(options.pixel_format, names) +
                    ": " + join(names));
}

void check_size(const CodecOptions& options, AVPixelFormat format) {
  check_range(options, "encoded width", static_cast<double>(options.width), 1, kMaxRoundTripSize);
  check_range(options, "encoded height", static_cast<double>(options.height), 1, kMaxRoundTripSize);
  if (options.codec == "libx265" && (options.width == 16 || options.height == 16)) {
    throw ConfigError(encoder_text(options) +
                      ": with a side of 16 pixels it gives other bytes in every run; give another "
                      "size");
  }
  const AVPixFmtDescriptor* const description = av_pix_fmt_desc_get(format);
  const std::int64_t step_x = std::int64_t{1} << description->log2_chroma_w;
  const std::int64_t step_y = std::int64_t{1} << description->log2_chroma_h;
  if (options.width % step_x == 0 && options.height % step_y == 0) return;
  const bool is_width = options.width % step_x != 0;
  throw ConfigError(encoder_text(options) + ": encoded " + (is_width ? "width " : "height ") +
                    std::to_string(is_width ? options.width : options.height) +
                    " is not a multiple of " + std::to_string(is_width ? step_x : step_y) +
                    ", as pixel format " + options.pixel_format + " needs");
}

/// The quantiser's limits of libvpx and libaom, both ends alike.
void fix_vpx_quantiser(AVCodecContext& context, int value) {
  context.qmin = value;
  context.qmax = value;
}

void apply(AVCodecContext& context, const Traits& traits, const CodecOptions& options, Crf rate) {
  if (traits.family == Family::kMpeg) {
    throw ConfigError(encoder_text(options) + " has no crf; give a bitrate or a fixed quantiser");
  }
  check_range(options, "crf", rate.value, traits.min_quantiser, traits.max_quantiser);
  if (traits.family != Family::kX26x && rate.value != std::floor(rate.value)) {
    throw ConfigError(encoder_text(options) + ": crf " + number_text(rate.value) +
                      " is not a whole number");
  }
  // Constant quality in libvpx and libaom means: no target beside it.
  if (traits.family == Family::kVpx) context.bit_rate = 0;
  set_option(context, options, "crf", number_text(rate.value));
}

void apply(AVCodecContext& context, const Traits& /*traits*/, const CodecOptions& options,
           BitrateKbps rate) {
  check_range(options, "bitrate in kbit/s", static_cast<double>(rate.value), 1, kMaxBitrateKbps);
  context.bit_rate = rate.value * 1000;
}

void apply(AVCodecContext& context, const Traits& traits, const CodecOptions& options,
           FixedQuantiser rate) {
  check_range(options, "quantiser", rate.value, traits.min_quantiser, traits.max_quantiser);
  switch (traits.family) {
    case Family::kMpeg:
      context.flags |= AV_CODEC_FLAG_QSCALE;
      context.global_quality = rate.value * FF_QP2LAMBDA;
      return;
    case Family::kVpx:
      context.bit_rate = 0;
      set_option(context, options, "crf", std::to_string(rate.value));
      fix_vpx_quantiser(context, rate.value);
      return;
    case Family::kX26x:
    case Family::kSvt:
      set_option(context, options, "qp", std::to_string(rate.value));
      return;
  }
}

bool is_whole_number(const std::string& text) {
  const std::size_t start = text.starts_with('-') ? 1 : 0;
  return text.size() > start && text.find_first_not_of("0123456789", start) == std::string::npos;
}

/// x264 and x265 write a line of their own to stderr for words they do not know.
void check_word(const CodecOptions& options, const char* option, const std::string& word) {
  const std::vector<std::string> words = parameter_words(options.codec, option);
  if (words.empty() || std::find(words.begin(), words.end(), word) != words.end()) return;
  throw ConfigError(encoder_text(options) + ": " + option + " '" + word + "' is unknown" +
                    did_you_mean(word, words) + "; it has " + join(words));
}

void apply_profile(AVCodecContext& context, const CodecOptions& options) {
  if (options.profile.empty()) return;
  check_word(options, "profile", options.profile);
  set_option(context, options, "profile", options.profile);
}

void apply_preset(AVCodecContext& context, Family family, const CodecOptions& options) {
  if (options.preset.empty() || family == Family::kMpeg) return;
  if (family == Family::kX26x) {
    check_word(options, "preset", options.preset);
  } else if (!is_whole_number(options.preset)) {
    throw ConfigError(encoder_text(options) + ": preset '" + options.preset +
                      "' is not a number, as this encoder has them");
  }
  set_option(context, options, family == Family::kVpx ? "cpu-used" : "preset", options.preset);
}

/// x265 3.5 searches motion in memory that it never wrote where a picture is exactly one coding
/// tree unit wide or high (64x64 at "medium", 32x32 at all presets): other bytes in every run. With
/// the next smaller unit they repeat. 0 = leave it to the preset. Of 16 pixels no smaller one
/// exists: check_size() refuses them.
int safe_ctu(const AVCodecContext& context) {
  const auto has_side = [&context](int side) {
    return context.width == side || context.height == side;
  };
  return has_side(32) ? 16 : has_side(64) ? 32 : 0;
}

/// What makes the bytes repeat, and the libraries quiet.
void pin(AVCodecContext& context, const CodecOptions& options) {
  context.thread_count = 1;
  if (options.codec == "libx264") {
    // Its AVX-512 code is not repeatable, even with one thread.
    set_option(context, options, "x264-params", "asm=SSE2");
  } else if (options.codec == "libx265") {
    // The size of its pool does not matter to the bytes; none at all (pools=none) would.
    std::string parameters = "log-level=none:frame-threads=1:pools=1";
    if (context.width < kMinCuTreeWidth) parameters += ":cutree=0";
    if (const int ctu = safe_ctu(context); ctu != 0) parameters += ":ctu=" + std::to_string(ctu);
    set_option(context, options, "x265-params", parameters);
  } else if (options.codec == "libsvtav1") {
    set_option(context, options, "svtav1-params", "lp=1");
  }
}

}  // namespace

const AVCodec* find_linked_encoder(const std::string& name) {
  const AVCodec* const encoder = avcodec_find_encoder_by_name(name.c_str());
  if (encoder == nullptr) {
    throw ConfigError("encoder " + name + " is not part of this FFmpeg (" + ffmpeg_version() + ")");
  }
  return encoder;
}

CodecSetup make_codec_setup(const CodecOptions& options) {
  route_ffmpeg_logs();
  traits_of(options.codec);
  CodecSetup setup;
  setup.encoder = find_linked_encoder(options.codec);
  setup.decoder = avcodec_find_decoder(setup.encoder->id);
  if (setup.decoder == nullptr) {
    throw ConfigError("this FFmpeg (" + ffmpeg_version() + ") has no decoder for what encoder " +
                      options.codec + " writes");
  }
  setup.format = find_pixel_format(*setup.encoder, options);
  check_size(options, setup.format);
  check_range(options, "fps", options.fps, 1, kMaxFps);
  if (options.gop) check_range(options, "gop", *options.gop, 1, std::numeric_limits<int>::max());
  setup.width = static_cast<int>(options.width);
  setup.height = static_cast<int>(options.height);
  return setup;
}

AvCodecContextPtr make_codec_context(const CodecSetup& setup, const CodecOptions& options) {
  const Traits& traits = traits_of(options.codec);
  AvCodecContextPtr context = av_checked(AvCodecContextPtr(avcodec_alloc_context3(setup.encoder)));
  context->width = setup.width;
  context->height = setup.height;
  context->pix_fmt = setup.format;
  context->time_base = {1, options.fps};
  context->framerate = {options.fps, 1};
  // As for mp4: headers inside frames count against a bitrate.
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (options.gop) context->gop_size = *options.gop;
  pin(*context, options);
  std::visit([&](const auto& rate) { apply(*context, traits, options, rate); }, options.rate);
  apply_preset(*context, traits.family, options);
  apply_profile(*context, options);
  return context;
}

}  // namespace vcisr::media
