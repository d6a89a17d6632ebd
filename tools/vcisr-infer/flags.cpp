// SPDX-License-Identifier: Apache-2.0
// The flags themselves: names, topics and help. What they mean is in arguments.cpp.
#include "vcisr-infer/arguments.h"

namespace vcisr::tools {
namespace {

void add_files(CLI::App& app, InferArguments& a) {
  const std::string topic = "Input and output";
  app.add_option(
         "-i,--input,input", a.inputs,
         "Pictures, films, folders, a pattern like frames/%05d.png, or - for standard input")
      ->group(topic)
      ->type_name("PATH ...");
  app.add_option("-o,--output", a.output,
                 "File, folder, pattern or -. Default: results/ for folders, else "
                 "<stem>_<suffix>.<ext> beside the input")
      ->group(topic)
      ->type_name("PATH");
  app.add_flag("--recursive", a.recursive, "Folders with their sub-folders")->group(topic);
  app.add_option("--suffix", a.suffix, "Added to output names; may be empty. Default: out")
      ->group(topic)
      ->type_name("TEXT");
  app.add_option("--ext", a.extension,
                 "Extension of outputs: auto, png, jpg, webp, tif, mp4, mkv ... Default: auto")
      ->group(topic)
      ->type_name("EXT");
  app.add_flag("-y,--overwrite", a.overwrite, "Replace existing outputs")->group(topic);
  app.add_flag("--no-overwrite", a.no_overwrite, "An existing output is an error (the default)")
      ->group(topic);
  app.add_flag("--skip-existing", a.skip_existing, "Leave inputs out whose output exists")
      ->group(topic);
}

void add_model(CLI::App& app, InferArguments& a) {
  const std::string topic = "Model";
  app.add_option("-m,--model", a.model,
                 "Weight file (.pth, .safetensors) or bicubic, identity. Default: bicubic")
      ->group(topic)
      ->type_name("FILE|NAME");
  app.add_option("--network", a.network,
                 "Network of a weight file that does not tell: a name of --list-archs or YAML")
      ->group(topic)
      ->type_name("NAME");
  app.add_option("-s,--scale", a.scale,
                 "Output size / input size, fractions too. Default: the model's (bicubic: 2)")
      ->group(topic)
      ->type_name("FACTOR");
  app.add_option("--denoise-strength", a.denoise_strength,
                 "0..1: mixes the model with its -wdn twin, 1 = the model alone")
      ->group(topic)
      ->type_name("D");
  app.add_option("--denoise-model", a.denoise_model,
                 "The twin. Default, for realesr-general-x4v3: its -wdn- file beside it")
      ->group(topic)
      ->type_name("FILE");
}

void add_compute(CLI::App& app, InferArguments& a) {
  const std::string topic = "Computing";
  app.add_option("-g,--device", a.device, "auto, cpu, or a GPU's number. Default: auto")
      ->group(topic)
      ->type_name("DEVICE");
  app.add_option("--precision", a.precision,
                 "auto, fp32, tf32, bf16, fp16 (tf32 and fp16 on a GPU only). Default: auto")
      ->group(topic)
      ->type_name("NAME");
  app.add_flag("--fp32", a.fp32, "Short for --precision fp32")->group(topic);
  app.add_flag("--fp16", a.fp16, "Short for --precision fp16")->group(topic);
  app.add_flag("--bf16", a.bf16, "Short for --precision bf16")->group(topic);
  app.add_option(
         "-t,--tile", a.tile,
         "Edge of tiles in input pixels; auto or 0: by free memory; none. Networks that see "
         "the whole picture (GRL with stripe groups or CAB) are tiled only if a size is "
         "given, which changes their result: tiles overlap and are averaged. Default: auto")
      ->group(topic)
      ->type_name("SIZE");
  app.add_option(
         "--tile-pad", a.tile_pad,
         "Context around a tile, or overlap of averaged tiles, in input pixels. Default: the "
         "network's, or 32")
      ->group(topic)
      ->type_name("PIXELS");
  app.add_option("--pre-pad", a.pre_pad, "Reflected border before the network. Default: 0")
      ->group(topic)
      ->type_name("PIXELS");
  app.add_option("--batch", a.batch, "Frames forwarded together. Default: 0, by the device")
      ->group(topic)
      ->type_name("N");
  app.add_option(
         "--workers", a.workers,
         "Frames processed side by side by light networks on the CPU. Default: 0, the cores")
      ->group(topic)
      ->type_name("N");
  app.add_flag("-x,--tta", a.tta, "Mean over the eight flips and turns (8 times slower)")
      ->group(topic);
}

void add_pictures(CLI::App& app, InferArguments& a) {
  const std::string topic = "Pictures";
  app.add_option("--bit-depth", a.bit_depth, "8 or 16. Default: as the input")
      ->group(topic)
      ->type_name("BITS");
  app.add_option("--quality", a.quality, "JPEG and WebP, 1..100. Default: 95")
      ->group(topic)
      ->type_name("Q");
  app.add_option("--alpha", a.alpha, "How transparency is enlarged: model, bicubic. Default: model")
      ->group(topic)
      ->type_name("MODE");
}

void add_encoding(CLI::App& app, InferArguments& a) {
  const std::string topic = "Films: encoding";
  app.add_option(
         "-c,--codec", a.codec,
         "FFmpeg's encoder name. Default: libx264; libx265 above 8 bits; libvpx-vp9 for webm")
      ->group(topic)
      ->type_name("NAME");
  app.add_option("--crf", a.crf, "Constant rate factor. Default: 18")->group(topic)->type_name("N");
  app.add_option("--preset", a.preset, "Encoder effort. Default: medium")
      ->group(topic)
      ->type_name("NAME");
  app.add_option("--bitrate", a.bitrate_kbps, "Instead of --crf, kbit/s")
      ->group(topic)
      ->type_name("KBPS");
  app.add_option("--pix-fmt", a.pixel_format,
                 "FFmpeg's pixel format. Default: nearest to the input's")
      ->group(topic)
      ->type_name("NAME");
  app.add_option("-e,--encoder-option", a.encoder_options, "Any option of the encoder; repeatable")
      ->group(topic)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--muxer-option", a.muxer_options, "Any option of the container; repeatable")
      ->group(topic)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--no-faststart", a.no_faststart, "mp4, mov: leave the index at the end")
      ->group(topic);
  app.add_flag("--no-audio", a.no_audio, "Leave sound out")->group(topic);
  app.add_flag("--no-subtitles", a.no_subtitles, "Leave subtitles out")->group(topic);
  app.add_flag("--no-attachments", a.no_attachments, "Leave fonts and cover art out")->group(topic);
  app.add_flag("--no-metadata", a.no_metadata, "Leave titles, dates and the like out")
      ->group(topic);
  app.add_flag("--no-chapters", a.no_chapters, "Leave chapters out")->group(topic);
}

void add_reading(CLI::App& app, InferArguments& a) {
  const std::string topic = "Films: reading";
  app.add_option(
         "--start", a.film.start,
         "First frame at this time: 90, 1:30, 0:01:30.5. Frames are cut exactly, copied sound "
         "and subtitles at their packets")
      ->group(topic)
      ->type_name("TIME");
  app.add_option("--end", a.film.end, "Up to this time")->group(topic)->type_name("TIME");
  app.add_option("--fps", a.film.fps, "Rate of picture sequences and raw planes. Default: 25")
      ->group(topic)
      ->type_name("RATE");
  app.add_option("--input-size", a.film.input_size, "Of raw planes (.yuv, rawvideo), e.g. 352x288")
      ->group(topic)
      ->type_name("WxH");
  app.add_option("--input-pix-fmt", a.film.input_pixel_format, "Of raw planes. Default: yuv420p")
      ->group(topic)
      ->type_name("NAME");
  app.add_flag("--y4m", a.y4m, "-o -: YUV4MPEG2 (the default)")->group(topic);
  app.add_flag("--rawvideo", a.rawvideo, "-i - and -o -: raw planes without a header")
      ->group(topic);
  app.add_flag("--keep-going", a.keep_going, "Restore what a damaged film still gives")
      ->group(topic);
}

void add_running(CLI::App& app, InferArguments& a) {
  const std::string topic = "Running";
  app.add_flag("--dry-run", a.dry_run, "Say what would be done, write nothing")->group(topic);
  app.add_flag("-b,--benchmark", a.benchmark, "Restore into nothing and print each stage's share")
      ->group(topic);
  add_running_flags(app, a);
  // Taken out and replaced by the file's flags before parsing (common/config_file.h).
  app.add_option("--config", a.config_file,
                 "YAML file with any of these flags; flags given here win")
      ->group(topic)
      ->type_name("FILE");
  app.add_flag("--print-config", a.print_config, "Print the flags in force as such a file")
      ->group(topic);
  app.add_flag("--list-models", a.list_models, "Models that need no file, and files in weights/")
      ->group(topic);
  app.add_flag("--list-archs", a.list_archs,
               "Networks, and presets of their options, that --network takes")
      ->group(topic);
  app.add_flag("-l,--list-devices", a.list_devices, "Devices")->group(topic);
  app.add_flag("--list-encoders", a.list_encoders, "Encoders that --codec takes")->group(topic);
}

}  // namespace

const FlagAliases& infer_aliases() {
  static const FlagAliases aliases = {
      {"--output-dir", "--output"},
      {"--model-path", "--model"},
      {"--model-name", "--model"},
      {"-n", "--model"},
      {"--outscale", "--scale"},
      {"--scaling-factor", "--scale"},
      {"--tile-size", "--tile"},
      {"--tilesize", "--tile"},
      {"--tile-overlap", "--tile-pad"},
      {"--half", "--fp16"},
      {"--gpu", "--device"},
      {"--gpu-id", "--device"},
      {"-d", "--device"},
      {"--self-ensemble", "--tta"},
      {"-dn", "--denoise-strength"},
      {"-f", "--ext"},
      {"--format", "--ext"},
      {"--alpha-upsampler", "--alpha"},
      {"-c:v", "--codec"},
      {"--encoder", "--codec"},
      {"--extra-encoder-option", "--encoder-option"},
      {"-pix-fmt", "--pix-fmt"},
      {"-pix_fmt", "--pix-fmt"},
      {"-r", "--fps"},
      {"-ss", "--start"},
      {"-to", "--end"},
      {"--inpoint", "--start"},
      {"--outpoint", "--end"},
      {"-q:v", "--quality"},
      {"--arch", "--network"},
      {"--video-size", "--input-size"},
      {"--lm", "--list-models"},
      {"--ld", "--list-devices"},
      {"--no-copy-audio-streams", "--no-audio"},
      {"--no-copy-subtitle-streams", "--no-subtitles"},
  };
  return aliases;
}

void add_infer_flags(CLI::App& app, InferArguments& arguments) {
  set_help_style(app);
  app.set_help_flag("-h,--help", "This text")->group("Running");
  app.set_version_flag("--version", version_text("vcisr-infer"),
                       "Versions of program and libraries")
      ->group("Running");
  add_files(app, arguments);
  add_model(app, arguments);
  add_compute(app, arguments);
  add_pictures(app, arguments);
  add_encoding(app, arguments);
  add_reading(app, arguments);
  add_running(app, arguments);
  let_last_value_count(app);  // A configuration file's values come first.
  app.footer(
      "Examples:\n"
      "  vcisr-infer film.mp4 -m realesr-animevideov3.pth -s 2 -o film_x2.mp4\n"
      "      Restores a film x2 with Real-ESRGAN's weights; sound, subtitles and chapters are "
      "kept.\n"
      "  vcisr-infer photos/ -o restored/ -m RealESRGAN_x4plus.pth --ext png --recursive\n"
      "      Restores every picture of a folder x4.\n"
      "  ffmpeg -v error -i in.mkv -f yuv4mpegpipe - | vcisr-infer -i - -o - -s 2 | ffplay -\n"
      "      In a pipe, without files.\n"
      "\n"
      "Long options may be written with - or _. Exit codes: 0 done, 1 failed, 2 wrong use, 3 input "
      "unreadable,\n4 output or encoder failed, 5 device or memory, 6 model, 7 some files of "
      "several "
      "failed, 130 interrupted.");
}

}  // namespace vcisr::tools
