// SPDX-License-Identifier: Apache-2.0
#include "vcisr-infer/arguments.h"

#include <thread>

#include "vcisr/core/error.h"

namespace vcisr::tools {
namespace {

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

media::VideoDecoderOptions decoder_options(const InferArguments& a) {
  auto decoder = film_options(a.film);
  decoder.keep_going = a.keep_going;
  const bool reads_pipe = a.inputs.size() == 1 && a.inputs.front() == "-";
  if (reads_pipe && a.rawvideo) decoder.demuxer = "rawvideo";
  if (decoder.demuxer == "rawvideo" && a.film.input_size.empty()) {
    throw ConfigError("raw planes have no header: give --input-size and --input-pix-fmt");
  }
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
  job.sequence_rate = a.film.fps.empty() ? media::Rational{25, 1} : parse_rate(a.film.fps);
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

}  // namespace vcisr::tools
