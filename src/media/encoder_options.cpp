// SPDX-License-Identifier: Apache-2.0
#include "media/encoder_options.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string_view>
#include <utility>

#include "media/av_error.h"
#include "media/encoder_parameter_names.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace vcisr::media {
namespace {

constexpr double kDefaultCrf = 18;
constexpr int kEncodesVideo = AV_OPT_FLAG_ENCODING_PARAM | AV_OPT_FLAG_VIDEO_PARAM;

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

bool is_x26x(const AVCodec& encoder) {
  const std::string_view name = encoder.name;
  return name == "libx264" || name == "libx264rgb" || name == "libx265";
}

/// Of the encoder itself, then FFmpeg's generic one.
const AVOption* find_option(const AVClass* description, const char* name) {
  return description == nullptr ? nullptr
                                : av_opt_find2(static_cast<void*>(&description), name, nullptr, 0,
                                               AV_OPT_SEARCH_FAKE_OBJ, nullptr);
}

bool has_private(const AVCodec& encoder, const char* name) {
  return find_option(encoder.priv_class, name) != nullptr;
}

bool is_known(const AVCodec& encoder, const std::string& name) {
  if (has_private(encoder, name.c_str())) return true;
  const AVOption* const generic = find_option(avcodec_get_class(), name.c_str());
  return generic != nullptr && (generic->flags & kEncodesVideo) == kEncodesVideo;
}

void collect_names(const AVClass* description, int flags, std::vector<std::string>& names) {
  if (description == nullptr) return;
  const void* const object = &description;
  for (const AVOption* option = av_opt_next(object, nullptr); option != nullptr;
       option = av_opt_next(object, option)) {
    if (option->type == AV_OPT_TYPE_CONST || (option->flags & flags) != flags) continue;
    names.emplace_back(option->name);
  }
}

void set_option(AVCodecContext& context, const AVCodec& encoder, const std::string& name,
                const std::string& value) {
  const LogCapture capture;
  const int code = av_opt_set(&context, name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
  if (code < 0) {
    throw ConfigError(std::string("encoder ") + encoder.name + ": value '" + value +
                      "' of option '" + name + "' is refused: " + av_error_text(code, capture));
  }
}

bool is_given(const OptionList& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [name](const auto& option) { return option.first == name; });
}

/// x264 and x265 write a line of their own to stderr for words they do not know.
void check_word(const AVCodec& encoder, const std::string& option, const std::string& value) {
  if (!is_x26x(encoder)) return;
  const std::vector<std::string> words = parameter_words(encoder.name, option);
  if (words.empty()) return;
  std::string_view rest = value;
  while (!rest.empty()) {
    // Tunes may be combined: "film,fastdecode".
    const std::size_t end = option == "tune" ? rest.find_first_of(",./-+") : std::string::npos;
    const std::string word(rest.substr(0, end));
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      throw ConfigError(std::string("encoder ") + encoder.name + ": " + option + " '" + word +
                        "' is unknown" + did_you_mean(word, words) + "; it has " + join(words));
    }
    rest = end == std::string::npos ? std::string_view() : rest.substr(end + 1);
  }
}

void check_user_options(const AVCodec& encoder, const OptionList& options) {
  for (const auto& [name, value] : options) {
    if (!is_known(encoder, name)) {
      std::vector<std::string> names;
      collect_names(encoder.priv_class, 0, names);
      collect_names(avcodec_get_class(), kEncodesVideo, names);
      const std::string list = parameter_list_name(encoder.name);
      throw ConfigError(std::string("encoder ") + encoder.name + " has no option '" + name + "'" +
                        did_you_mean(name, names) +
                        (list.empty() ? "" : "; its library's own options go into " + list));
    }
    check_word(encoder, name, value);
  }
}

/// Highest rate factor that means something; FFmpeg lets x264 and x265 have any.
double max_crf(const AVCodec& encoder) { return is_x26x(encoder) ? 51 : 63; }

bool has_own_rate(const OptionList& options) {
  static constexpr const char* kRates[] = {
      "crf", "b", "ab", "q", "qp", "qscale", "global_quality", "cq", "qmin"};
  return std::any_of(std::begin(kRates), std::end(kRates),
                     [&options](const char* name) { return is_given(options, name); });
}

/// Encoders of quantiser scales would else run at FFmpeg's 200 kbit/s.
bool works_by_quantiser(const AVCodec& encoder) {
  static const std::set<AVCodecID> codecs = {
      AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MSMPEG4V2,
      AV_CODEC_ID_MSMPEG4V3,  AV_CODEC_ID_MJPEG,      AV_CODEC_ID_FLV1,  AV_CODEC_ID_H263,
      AV_CODEC_ID_H263P,      AV_CODEC_ID_WMV1,       AV_CODEC_ID_WMV2};
  return codecs.contains(encoder.id);
}

void apply_rate(AVCodecContext& context, const AVCodec& encoder,
                const VideoEncoderOptions& options) {
  const bool has_crf = has_private(encoder, "crf");
  if (options.crf) {
    if (!has_crf) {
      throw ConfigError(std::string("encoder ") + encoder.name +
                        " has no crf; give a bitrate or one of its own options");
    }
    if (*options.crf < 0 || *options.crf > max_crf(encoder)) {
      throw ConfigError("crf " + number_text(*options.crf) + " is outside 0 to " +
                        number_text(max_crf(encoder)) + " of encoder " + encoder.name);
    }
  }
  if (options.bitrate_kbps) {
    if (*options.bitrate_kbps < 1 || *options.bitrate_kbps > 10'000'000) {
      throw ConfigError("bitrate " + std::to_string(*options.bitrate_kbps) +
                        " kbit/s is outside 1 to 10000000");
    }
    context.bit_rate = *options.bitrate_kbps * 1000;
  }
  const bool is_free = !options.bitrate_kbps && !has_own_rate(options.encoder_options);
  if (options.crf || (has_crf && is_free)) {
    set_option(context, encoder, "crf", number_text(options.crf.value_or(kDefaultCrf)));
    // Constant quality in libvpx and libaom means: no target beside it.
    const bool is_vpx = encoder.id == AV_CODEC_ID_VP9 || encoder.id == AV_CODEC_ID_VP8 ||
                        std::string_view(encoder.name) == "libaom-av1";
    if (is_vpx && !options.bitrate_kbps) context.bit_rate = 0;
  } else if (is_free && works_by_quantiser(encoder)) {
    context.flags |= AV_CODEC_FLAG_QSCALE;
    context.global_quality = 2 * FF_QP2LAMBDA;
  }
}

void apply_preset(AVCodecContext& context, const AVCodec& encoder, const std::string& preset) {
  const AVOption* const option = find_option(encoder.priv_class, "preset");
  if (preset.empty()) {
    const bool has_medium =
        is_x26x(encoder) ||
        (option != nullptr && option->unit != nullptr &&
         av_opt_find2(const_cast<AVClass**>(&encoder.priv_class), "medium", option->unit, 0,
                      AV_OPT_SEARCH_FAKE_OBJ, nullptr) != nullptr);
    if (option != nullptr && has_medium) set_option(context, encoder, "preset", "medium");
    return;
  }
  if (option == nullptr) {
    const bool has_cpu_used = has_private(encoder, "cpu-used");
    throw ConfigError(std::string("encoder ") + encoder.name + " has no preset" +
                      (has_cpu_used ? "; its effort is the option cpu-used" : ""));
  }
  check_word(encoder, "preset", preset);
  set_option(context, encoder, "preset", preset);
}

/// Better than FFmpeg's own defaults; the user's word comes later and wins.
void apply_defaults(AVCodecContext& context, const AVCodec& encoder) {
  using Pair = std::pair<const char*, const char*>;
  std::vector<Pair> defaults;
  const std::string_view name = encoder.name;
  if (name == "libvpx-vp9") {
    defaults = {{"row-mt", "1"}, {"cpu-used", "2"}};
  } else if (name == "libaom-av1") {
    defaults = {{"row-mt", "1"}, {"cpu-used", "4"}};
  } else if (name == "ffv1") {
    // Slices with checksums: threads, and damage that can be found.
    defaults = {{"level", "3"}, {"slicecrc", "1"}};
  }
  for (const auto& [key, value] : defaults) set_option(context, encoder, key, value);
}

}  // namespace

void apply_encoder_options(AVCodecContext& context, const AVCodec& encoder,
                           const VideoEncoderOptions& options) {
  check_user_options(encoder, options.encoder_options);
  apply_defaults(context, encoder);
  apply_rate(context, encoder, options);
  apply_preset(context, encoder, options.preset);
  for (const auto& [name, value] : options.encoder_options) {
    set_option(context, encoder, name, value);
  }
}

void add_codec_parameter(AVCodecContext& context, const char* list, const std::string& parameter) {
  std::uint8_t* given = nullptr;
  std::string text = parameter;
  if (av_opt_get(&context, list, AV_OPT_SEARCH_CHILDREN, &given) >= 0 && given != nullptr) {
    if (*given != 0) text += ":" + std::string(reinterpret_cast<const char*>(given));
    av_free(given);
  }
  av_opt_set(&context, list, text.c_str(), AV_OPT_SEARCH_CHILDREN);
}

void check_logged_parameters(const LogCapture& capture, const AVCodec& encoder) {
  static constexpr std::string_view kComplaints[] = {
      "Error parsing option '", "Error parsing option ", "Unknown option: ",
      "Invalid value for ",     "bad option '",          "bad value for '"};
  for (const auto& message : capture.messages()) {
    for (const std::string_view complaint : kComplaints) {
      if (!message.text.starts_with(complaint)) continue;
      const std::string_view rest = std::string_view(message.text).substr(complaint.size());
      const std::string parameter(rest.substr(0, rest.find_first_of(" :=.'")));
      const std::vector<std::string> names = parameter_names(encoder.name);
      const bool is_name_known = std::find(names.begin(), names.end(), parameter) != names.end();
      throw ConfigError(std::string("encoder ") + encoder.name + " refuses '" + parameter +
                        "' in " + parameter_list_name(encoder.name) +
                        (is_name_known ? "" : did_you_mean(parameter, names)) + ": " +
                        message.text);
    }
  }
}

void check_muxer_options(const AVOutputFormat& muxer, const OptionList& options) {
  for (const auto& [name, value] : options) {
    const AVOption* const generic = find_option(avformat_get_class(), name.c_str());
    const bool is_generic =
        generic != nullptr && (generic->flags & AV_OPT_FLAG_ENCODING_PARAM) != 0;
    if (is_generic || find_option(muxer.priv_class, name.c_str()) != nullptr) continue;
    std::vector<std::string> names;
    collect_names(muxer.priv_class, AV_OPT_FLAG_ENCODING_PARAM, names);
    collect_names(avformat_get_class(), AV_OPT_FLAG_ENCODING_PARAM, names);
    throw ConfigError(std::string("container ") + muxer.name + " has no option '" + name + "'" +
                      did_you_mean(name, names));
  }
}

}  // namespace vcisr::media
