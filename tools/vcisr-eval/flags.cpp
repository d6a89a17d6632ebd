// SPDX-License-Identifier: Apache-2.0
// The flags themselves: names, topics and help. What they mean is in arguments.cpp.
#include "vcisr-eval/arguments.h"

namespace vcisr::tools {
namespace {

void add_inputs(CLI::App& app, EvalArguments& a) {
  const std::string topic = "Inputs";
  app.add_option("-d,--distorted,distorted", a.distorted,
                 "What is measured: a picture, a film, a folder of both")
      ->group(topic)
      ->type_name("PATH");
  app.add_option("-r,--reference,reference", a.reference,
                 "What it should look like. Without it: metrics of one picture only")
      ->group(topic)
      ->type_name("PATH");
  app.add_option("-c,--compressed", a.compressed,
                 "What it was restored from: PSNR and SSIM also say what was gained over it")
      ->group(topic)
      ->type_name("PATH");
  app.add_option("--suffix", a.suffix,
                 "Folders: what distorted names have behind the references' (_out). Default: none, "
                 "or the one that all have in common")
      ->group(topic)
      ->type_name("TEXT");
  app.add_flag("--recursive", a.recursive, "Folders with their sub-folders")->group(topic);
  app.add_option("--accept", a.accepted,
                 "Compare in spite of: alpha (transparency on one side), count (films of different "
                 "lengths), matrix (planes of other colour matrices), missing (files without a "
                 "partner), range (limited and full); "
                 "repeatable")
      ->group(topic)
      ->type_name("WORD")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_metrics(CLI::App& app, EvalArguments& a) {
  const std::string topic = "Metrics";
  app.add_option("-m,--metric", a.metrics,
                 "Names of --list-metrics, with commas or repeated; or YAML: '{type: psnr, "
                 "crop_border: 4}'. Default: PSNR and SSIM of RGB and Y (films: of their planes "
                 "too); without a reference niqe, brisque-opencv")
      ->group(topic)
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--metric-script", a.scripts,
                 "A learned metric as TorchScript (tools/export_metric.py makes them); "
                 "NAME=FILE:lower where the file does not say which way is better; repeatable. "
                 "The file's code is run: take it from people you trust")
      ->group(topic)
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  app.add_option("--metric-models", a.model_folders,
                 "Folders with the model files of niqe, brisque, nrqm; repeatable. Then "
                 "$VCISR_METRIC_MODELS and what was installed")
      ->group(topic)
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("--crop-border", a.crop_border,
                 "Pixels of each side that do not count (by custom the scale). Default: 0")
      ->group(topic)
      ->type_name("PIXELS");
  app.add_flag("--test-y-channel", a.test_y_channel, "psnr and ssim of BasicSR's Y instead of RGB")
      ->group(topic);
  app.add_option("--grid", a.grid, "psnr_stdo: patches across and down, such as 10x5")
      ->group(topic)
      ->type_name("WxH");
  app.add_option("-s,--scale", a.scale, "psnr_stdo: the factor that was enlarged by")
      ->group(topic)
      ->type_name("N");
  app.add_flag("-l,--list-metrics", a.list_metrics, "Names of metrics")->group(topic);
  app.add_option("--fit-niqe", a.fit_niqe,
                 "Fit NIQE's model to the pristine pictures given (a folder), write it to this "
                 ".npz file and end; -m niqe-basicsr fits that convention")
      ->group(topic)
      ->type_name("FILE");
}

void add_films(CLI::App& app, EvalArguments& a) {
  const std::string topic = "Films and samples";
  app.add_option("--subsample", a.subsample, "Measure every Nth frame. Default: 1")
      ->group(topic)
      ->type_name("N");
  app.add_option("--start", a.film.start, "From this time on: 90, 1:30, 0:01:30.5")
      ->group(topic)
      ->type_name("TIME");
  app.add_option("--end", a.film.end, "Up to this time")->group(topic)->type_name("TIME");
  app.add_flag("--ignore-edit-list", a.ignore_edit_list,
               "mp4, mov: all pictures that the file holds, not those it is meant to show")
      ->group(topic);
  app.add_option("--bit-depth", a.bit_depth,
                 "Round or widen all samples to so many bits (pictures: 8, 16; films: 8..16). "
                 "Default: as they are, which must be the same on both sides")
      ->group(topic)
      ->type_name("BITS");
  app.add_option("--input-size", a.film.input_size,
                 "Of raw planes (.yuv), e.g. 352x288. Default: their partner's")
      ->group(topic)
      ->type_name("WxH");
  app.add_option("--input-pix-fmt", a.film.input_pixel_format,
                 "Of raw planes. Default: their partner's, or yuv420p")
      ->group(topic)
      ->type_name("NAME");
  app.add_flag("--keep-going", a.keep_going, "Measure what can be read of damaged films")
      ->group(topic);
}

void add_outputs(CLI::App& app, EvalArguments& a) {
  const std::string topic = "Outputs (beside the table)";
  app.add_option("-o,--output", a.output,
                 "A folder for all four: evaluation.json, .csv, .md and .html")
      ->group(topic)
      ->type_name("FOLDER");
  app.add_option("--json", a.json, "Everything, as JSON; - is standard output")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--csv", a.csv, "A line for each frame; - is standard output")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--md", a.markdown, "Tables as Markdown; - is standard output")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--html", a.html, "A page with curves and the worst frames")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--rank-by", a.rank_by,
                 "The column that the worst frames are chosen by. Default: the first one")
      ->group(topic)
      ->type_name("COLUMN");
  app.add_option("--worst", a.worst, "How many of them the page shows. Default: 8")
      ->group(topic)
      ->type_name("N");
  app.add_flag("-y,--overwrite", a.overwrite, "Replace existing outputs")->group(topic);
}

void add_running(CLI::App& app, EvalArguments& a) {
  const std::string topic = "Running";
  app.add_option("-j,--threads", a.threads,
                 "That measure; the numbers do not depend on it. Default: 0, the processor's")
      ->group(topic)
      ->type_name("N");
  app.add_option("--config", a.config_file, "YAML file with any of these flags")
      ->group(topic)
      ->type_name("FILE");
  app.add_flag("--print-config", a.print_config, "Print the flags in force as such a file")
      ->group(topic);
  add_running_flags(app, a);
}

}  // namespace

const FlagAliases& eval_aliases() {
  static const FlagAliases aliases = {
      {"-t", "--distorted"},
      {"--target", "--distorted"},
      {"--ref", "--reference"},
      {"--metric-name", "--metric"},
      {"--metrics", "--metric"},
      {"-ls", "--list-metrics"},
      {"--save-file", "--csv"},
      {"--markdown", "--md"},
      {"-ss", "--start"},
      {"-to", "--end"},
      {"--video-size", "--input-size"},
      {"--pix-fmt", "--input-pix-fmt"},
      {"-pix_fmt", "--input-pix-fmt"},
  };
  return aliases;
}

void add_eval_flags(CLI::App& app, EvalArguments& arguments) {
  set_help_style(app);
  app.set_help_flag("-h,--help", "This text")->group("Running");
  app.set_version_flag("--version", version_text("vcisr-eval"), "Versions of program and libraries")
      ->group("Running");
  add_inputs(app, arguments);
  add_metrics(app, arguments);
  add_films(app, arguments);
  add_outputs(app, arguments);
  add_running(app, arguments);
  let_last_value_count(app);
  app.footer(
      "Examples:\n"
      "  vcisr-eval restored.mp4 original.mp4 --compressed broadcast.mp4 --html report.html\n"
      "      PSNR and SSIM of a restored film, what was gained, and a page with curves.\n"
      "  vcisr-eval -d results/ -r hq/ -m psnr,ssim --crop-border 4 --test-y-channel\n"
      "      Two folders, as papers on super-resolution measure.\n"
      "  vcisr-eval photos/ -m niqe,brisque-opencv --csv scores.csv\n"
      "      Without a reference.\n"
      "  vcisr-eval decoded.yuv original.mp4 -m psnr_yuv,ssim_ffmpeg\n"
      "      What ffmpeg's filters psnr and ssim print, and 6:1:1.\n"
      "\n"
      "Long options may be written with - or _. Exit codes: 0 done, 1 failed, 2 wrong use, 3 input "
      "unreadable or not\ncomparable, 4 output failed, 6 a metric's model is missing, 7 some files "
      "of several failed, 130 interrupted.");
}

}  // namespace vcisr::tools
