// SPDX-License-Identifier: Apache-2.0
#include "vcisr-infer/arguments.h"

#include <charconv>
#include <cmath>
#include <thread>

#include "vcisr/core/error.h"

namespace vcisr::tools {
namespace {

/// All of `text` as a number, or nothing.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

media::OptionList key_values(const std::vector<std::string>& words, const std::string& flag) {
  media::OptionList list;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw ConfigError(flag + " '" + word + "' is not of the form key=value");
    }
    list.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return list;
}

std::int64_t parse_tile(const std::string& text) {
  if (text == "auto") return inference::RestorerOptions::kAutoTile;
  if (text == "none") return inference::RestorerOptions::kNoTiles;
  const auto size = number<std::int64_t>(text);
  if (!size || *size < 0 || *size > 65536) {
    throw ConfigError("--tile '" + text + "' is not auto, none or a size in pixels up to 65536");
  }
  return *size;
}

inference::Precision precision_of(const InferArguments& a) {
  if (int{a.fp32} + int{a.fp16} + int{a.bf16} > 1) {
    throw ConfigError("--fp32, --fp16 and --bf16 exclude each other");
  }
  if (a.fp32) return inference::Precision::kFloat32;
  if (a.fp16) return inference::Precision::kFloat16;
  if (a.bf16) return inference::Precision::kBfloat16;
  return inference::parse_precision(a.precision);
}

AtomicFile::Existing existing_of(const InferArguments& a) {
  return a.overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse;
}

void check_range(std::int64_t value, std::int64_t low, std::int64_t high, const std::string& flag) {
  if (value >= low && value <= high) return;
  throw ConfigError(flag + " " + std::to_string(value) + " is outside [" + std::to_string(low) +
                    ", " + std::to_string(high) + "]");
}

media::VideoDecoderOptions decoder_options(const InferArguments& a) {
  media::VideoDecoderOptions decoder;
  decoder.keep_going = a.keep_going;
  if (!a.start.empty()) decoder.start_s = parse_time(a.start, "--start");
  if (!a.end.empty()) decoder.end_s = parse_time(a.end, "--end");
  if (decoder.start_s && decoder.end_s && *decoder.start_s >= *decoder.end_s) {
    throw ConfigError("--start " + a.start + " is not before --end " + a.end);
  }
  if (!a.fps.empty()) decoder.raw_frame_rate = parse_rate(a.fps);
  const bool reads_pipe = a.inputs.size() == 1 && a.inputs.front() == "-";
  if (reads_pipe && a.rawvideo) decoder.demuxer = "rawvideo";
  if (!a.input_size.empty()) {
    const auto cross = a.input_size.find('x');
    const auto width = number<std::int64_t>(std::string_view(a.input_size).substr(0, cross));
    const auto height =
        cross == std::string::npos
            ? std::nullopt
            : number<std::int64_t>(std::string_view(a.input_size).substr(cross + 1));
    if (!width || !height || *width < 1 || *height < 1) {
      throw ConfigError("--input-size '" + a.input_size + "' is not of the form 352x288");
    }
    decoder.raw_width = *width;
    decoder.raw_height = *height;
  } else if (decoder.demuxer == "rawvideo") {
    throw ConfigError("raw planes have no header: give --input-size and --input-pix-fmt");
  }
  decoder.raw_pixel_format = a.input_pixel_format.empty() ? "yuv420p" : a.input_pixel_format;
  return decoder;
}

media::VideoEncoderOptions encoder_options(const InferArguments& a) {
  media::VideoEncoderOptions encoder;
  encoder.codec = a.codec;
  encoder.crf = a.crf;
  encoder.bitrate_kbps = a.bitrate_kbps;
  if (a.crf && a.bitrate_kbps) throw ConfigError("--crf and --bitrate exclude each other");
  encoder.preset = a.preset;
  encoder.pixel_format = a.pixel_format;
  encoder.encoder_options = key_values(a.encoder_options, "--encoder-option");
  encoder.muxer_options = key_values(a.muxer_options, "--muxer-option");
  encoder.faststart = !a.no_faststart;
  encoder.copy_audio = !a.no_audio;
  encoder.copy_subtitles = !a.no_subtitles;
  encoder.copy_attachments = !a.no_attachments;
  encoder.copy_metadata = !a.no_metadata;
  encoder.copy_chapters = !a.no_chapters;
  return encoder;
}

}  // namespace

inference::PlanOptions plan_options(const InferArguments& a) {
  if (int{a.overwrite} + int{a.no_overwrite} + int{a.skip_existing} > 1) {
    throw ConfigError("--overwrite, --no-overwrite and --skip-existing exclude each other");
  }
  if (a.inputs.empty()) {
    throw ConfigError("no input was given: vcisr-infer INPUT [-o OUTPUT], see vcisr-infer --help");
  }
  inference::PlanOptions plan;
  plan.inputs = a.inputs;
  plan.output = a.output;
  plan.suffix = a.suffix;
  plan.extension = a.extension.starts_with('.') ? a.extension.substr(1) : a.extension;
  plan.recursive = a.recursive;
  plan.overwrite = a.overwrite || a.benchmark || a.dry_run;
  plan.skip_existing = a.skip_existing;
  return plan;
}

inference::RestorerOptions restorer_options(const InferArguments& a) {
  inference::RestorerOptions options;
  options.precision = precision_of(a);
  options.tile_px = parse_tile(a.tile);
  if (a.tile_pad != -1) check_range(a.tile_pad, 0, 4096, "--tile-pad");
  check_range(a.pre_pad, 0, 4096, "--pre-pad");
  options.halo_px = a.tile_pad;
  options.pre_pad_px = a.pre_pad;
  options.outscale = a.scale;
  options.tta = a.tta;
  options.device = inference::parse_device(a.device);
  return options;
}

inference::JobOptions job_options(const InferArguments& a) {
  check_range(a.quality, 1, 100, "--quality");
  check_range(a.batch, 0, 1024, "--batch");
  check_range(a.workers, 0, 256, "--workers");
  if (a.bit_depth != 0 && a.bit_depth != 8 && a.bit_depth != 16) {
    throw ConfigError("--bit-depth " + std::to_string(a.bit_depth) + " is not 8 or 16");
  }
  if (a.y4m && a.rawvideo) throw ConfigError("--y4m and --rawvideo exclude each other");
  inference::JobOptions job;
  job.decoder = decoder_options(a);
  job.sequence_rate = a.fps.empty() ? media::Rational{25, 1} : parse_rate(a.fps);
  job.film_sink.encoder = encoder_options(a);
  job.film_sink.existing = existing_of(a);
  if (a.output == "-") job.film_sink.container = a.rawvideo ? "rawvideo" : "yuv4mpegpipe";
  job.film.batch = a.batch;
  job.film.process_workers = a.workers;
  job.image.alpha = inference::parse_alpha_mode(a.alpha);
  job.image.bit_depth = a.bit_depth;
  job.image_write.quality = a.quality;
  job.image_write.existing = existing_of(a);
  job.discard_output = a.benchmark;
  return job;
}

double parse_time(const std::string& text, const std::string& flag) {
  double seconds = 0;
  std::size_t begin = 0;
  for (int part = 0; part < 3; ++part) {
    const auto colon = text.find(':', begin);
    const auto value = number<double>(std::string_view(text).substr(
        begin, colon == std::string::npos ? std::string::npos : colon - begin));
    if (!value || !(*value >= 0) || !std::isfinite(*value)) break;
    seconds = seconds * 60 + *value;
    if (colon == std::string::npos) return seconds;
    begin = colon + 1;
  }
  throw ConfigError(flag + " '" + text + "' is not a time like 90, 1:30 or 0:01:30.5");
}

media::Rational parse_rate(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos) {
    const auto num = number<std::int64_t>(std::string_view(text).substr(0, slash));
    const auto den = number<std::int64_t>(std::string_view(text).substr(slash + 1));
    if (num && den && *num > 0 && *den > 0 && *num <= 1000000 && *den <= 1000000) {
      return {*num, *den};
    }
  } else if (const auto rate = number<double>(text); rate && *rate > 0 && *rate <= 1000) {
    // 23.976, 29.97 and 59.94 mean n * 1000 / 1001.
    const double whole = std::round(*rate);
    if (std::abs(*rate - whole) < 1e-9) return {static_cast<std::int64_t>(whole), 1};
    if (std::abs(*rate - whole / 1.001) < 0.005) return {std::llround(whole) * 1000, 1001};
    return {std::llround(*rate * 1000), 1000};
  }
  throw ConfigError("--fps '" + text + "' is not a rate like 25, 23.976 or 30000/1001");
}

}  // namespace vcisr::tools
