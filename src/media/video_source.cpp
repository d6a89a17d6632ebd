// SPDX-License-Identifier: Apache-2.0
#include "media/video_source.h"

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "media/av_error.h"
#include "media/av_pixel_format.h"
#include "vcisr/core/error.h"
#include "vcisr/media/input_files.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace vcisr::media {
namespace {

namespace fs = std::filesystem;

bool is_raw(const std::string& path, const VideoDecoderOptions& options) {
  if (!options.demuxer.empty()) return options.demuxer == "rawvideo";
  return lower_extension(path) == "yuv";
}

std::string rational_text(const Rational& value) {
  return std::to_string(value.num) + "/" + std::to_string(value.den);
}

/// Told here, because FFmpeg's words for folders and empty files mislead.
void check_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw InputError(display_name(path) + ": cannot be opened: " +
                     (error ? error.message() : std::string("No such file or directory")));
  }
  if (fs::is_directory(status))
    throw InputError(display_name(path) + ": is a folder, a film was expected");
  if (fs::is_regular_file(status) && fs::file_size(path, error) == 0 && !error) {
    throw InputError(display_name(path) + ": is empty (0 bytes), a film was expected");
  }
}

/// Sizes and pixel format for the raw demuxer; returns bytes per frame.
std::int64_t set_raw_options(const std::string& path, const VideoDecoderOptions& options,
                             AvDictionary& dictionary) {
  if (options.raw_width < 1 || options.raw_height < 1 || options.raw_width > 65535 ||
      options.raw_height > 65535) {
    throw ConfigError(display_name(path) +
                      ": raw video needs its size (--input-size, 1x1 to 65535x65535), got " +
                      std::to_string(options.raw_width) + "x" + std::to_string(options.raw_height));
  }
  const std::string format_name =
      options.raw_pixel_format.empty() ? "yuv420p" : options.raw_pixel_format;
  const AVPixelFormat format = av_get_pix_fmt(format_name.c_str());
  if (format == AV_PIX_FMT_NONE || !nearest_format(format)) {
    throw ConfigError(display_name(path) + ": '" + format_name +
                      "' is not a pixel format of raw video; common ones are yuv420p, "
                      "yuv420p10le, yuv422p, yuv444p, nv12, gray, rgb24");
  }
  if (options.raw_frame_rate.num <= 0 || options.raw_frame_rate.den <= 0) {
    throw ConfigError(display_name(path) + ": frame rate " + rational_text(options.raw_frame_rate) +
                      " is not above zero");
  }
  const std::string size =
      std::to_string(options.raw_width) + "x" + std::to_string(options.raw_height);
  dictionary.set("video_size", size.c_str());
  dictionary.set("pixel_format", format_name.c_str());
  dictionary.set("framerate", rational_text(options.raw_frame_rate).c_str());
  return av_image_get_buffer_size(format, static_cast<int>(options.raw_width),
                                  static_cast<int>(options.raw_height), 1);
}

void check_raw_length(const std::string& path, const VideoDecoderOptions& options,
                      std::int64_t frame_bytes) {
  std::error_code error;
  if (options.keep_going || is_pipe(path) || !fs::is_regular_file(path, error)) return;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error || bytes % frame_bytes == 0) return;
  throw InputError(display_name(path) + ": its " + std::to_string(bytes) +
                   " bytes are not a multiple of the " + std::to_string(frame_bytes) +
                   " bytes of one " + std::to_string(options.raw_width) + "x" +
                   std::to_string(options.raw_height) + " frame");
}

const AVInputFormat* find_demuxer(const std::string& name) {
  if (name.empty()) return nullptr;
  const AVInputFormat* const demuxer = av_find_input_format(name.c_str());
  if (demuxer == nullptr) throw ConfigError("demuxer '" + name + "' is not known to FFmpeg");
  return demuxer;
}

/// Larger is better.
std::pair<int, std::int64_t> rank(const AVStream& stream) {
  const int usable = stream.codecpar->width > 0 ? 2 : 0;
  const int preferred = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0 ? 1 : 0;
  return {usable + preferred,
          std::int64_t{stream.codecpar->width} * std::int64_t{stream.codecpar->height}};
}

}  // namespace

AvInputPtr open_source(const std::string& path, const VideoDecoderOptions& options) {
  route_ffmpeg_logs();
  AvDictionary dictionary;
  std::string demuxer = options.demuxer;
  if (!is_pipe(path)) check_file(path);
  if (is_raw(path, options)) {
    demuxer = "rawvideo";
    check_raw_length(path, options, set_raw_options(path, options, dictionary));
  }
  // An option that the demuxer does not have stays in the dictionary unused.
  if (options.ignore_edit_list) dictionary.set("ignore_editlist", "1");
  // "file:" keeps names with a colon or a leading dash from being taken for protocols.
  const std::string url = is_pipe(path) ? "pipe:0" : "file:" + path;
  const LogCapture capture;
  AVFormatContext* context = nullptr;
  const int opened =
      avformat_open_input(&context, url.c_str(), find_demuxer(demuxer), dictionary.address());
  if (opened < 0) {
    throw InputError(display_name(path) + ": cannot be opened: " + av_error_text(opened, capture));
  }
  AvInputPtr input(context);
  if (std::string_view(input->iformat->name) == "tty") {
    throw InputError(display_name(path) + ": is a text file, a film was expected");
  }
  const int found = avformat_find_stream_info(input.get(), nullptr);
  if (found < 0) {
    throw InputError(display_name(path) +
                     ": its streams cannot be read: " + av_error_text(found, capture));
  }
  return input;
}

AVStream& choose_video_stream(AVFormatContext& input, const std::string& path) {
  AVStream* best = nullptr;
  bool has_cover = false;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    AVStream* const stream = input.streams[i];
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if (is_cover_art(*stream)) {
      has_cover = true;
    } else if (best == nullptr || rank(*stream) > rank(*best)) {
      best = stream;
    }
  }
  if (best == nullptr) {
    throw InputError(display_name(path) + ": holds no video stream" +
                     (has_cover ? " (cover art does not count)" : ""));
  }
  return *best;
}

std::int64_t film_start_us(const AVFormatContext& input) {
  return input.start_time == AV_NOPTS_VALUE ? 0 : input.start_time;
}

bool is_index_unfinished(AVStream& stream, std::int64_t last_dts) {
  const int entries = avformat_index_get_entries_count(&stream);
  if (entries == 0) return false;
  const AVIndexEntry* const last = avformat_index_get_entry(&stream, entries - 1);
  if (last == nullptr) return false;
  return last_dts == AV_NOPTS_VALUE || last->timestamp > last_dts;
}

}  // namespace vcisr::media
