// SPDX-License-Identifier: Apache-2.0
// The flags themselves: names, topics and help.
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "vcisr-degrade/arguments.h"

namespace vcisr::tools {
namespace {

void add_files(CLI::App& app, DegradeArguments& a) {
  const std::string topic = "Input and output";
  app.add_option("-i,--input,input", a.inputs, "Pictures, films and folders of both")
      ->group(topic)
      ->type_name("PATH ...");
  app.add_option(
         "-o,--output", a.output,
         "A folder: pictures go to OUT/lq/, a film's frames to OUT/lq/<film>/. One picture: "
         "also a file. One film: also a film (mkv, avi: FFV1; mp4, mov, ts: x264's RGB "
         "mode; webm: VP9; all lossless) or a pattern like frames/%06d.png")
      ->group(topic)
      ->type_name("PATH");
  app.add_flag("--save-hq", a.save_hq,
               "Also the hq pictures, cut to multiples of the scale: OUT/hq/, or <stem>_hq beside "
               "the file")
      ->group(topic);
  app.add_flag("--save-usm", a.save_usm, "Also the sharpened hq pictures: OUT/hq_usm/")
      ->group(topic);
  app.add_option("--ext", a.extension,
                 "Of pictures: png, tif, webp (lossless; a lossy format would be one more "
                 "degradation). Or mkv, mp4 ...: films stay films in a folder. Default: png")
      ->group(topic)
      ->type_name("EXT");
  app.add_option("--recipe", a.recipe,
                 "Where what was drawn is written. Default: OUT/recipe.jsonl, <stem>.recipe.jsonl "
                 "beside a file")
      ->group(topic)
      ->type_name("FILE");
  app.add_flag("--recursive", a.recursive, "Folders with their sub-folders")->group(topic);
  app.add_flag("-y,--overwrite", a.overwrite, "Replace existing outputs")->group(topic);
}

/// The parser takes -1 for a number of 64 bits. Returns what is wrong.
std::string is_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && last == end) return "";
  return "'" + text + "' is no whole number from 0 to 18446744073709551615";
}

void add_degradation(CLI::App& app, DegradeArguments& a) {
  const std::string topic = "Degradation";
  app.add_option("-c,--config", a.config, "A name of --list-configs or a YAML file. Default: vcisr")
      ->group(topic)
      ->type_name("NAME|FILE");
  app.add_option("--set", a.settings, "Change a value of it: stages.0.prob=1; repeatable")
      ->group(topic)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("-s,--scale", a.scale, "Short for --set scale=N")->group(topic)->type_name("N");
  app.add_option("--seed", a.seed, "The same seed gives the same bytes. Default: 0")
      ->check(is_seed)
      ->group(topic)
      ->type_name("N");
  app.add_option("--replay", a.replay,
                 "Do again what a recipe says, written by this program or by hand. Its sources are "
                 "relative to --input, or to the recipe's folder")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--names", a.names,
                 "Of a replay's pictures: source, number, auto (number where sources repeat or are "
                 "cut). Default: auto")
      ->group(topic)
      ->type_name("WORD");
}

void add_patches(CLI::App& app, DegradeArguments& a) {
  const std::string topic = "Training pairs";
  app.add_option("-p,--patches", a.patches,
                 "Cut pictures into a grid of patches of this size, and take a few from films, as "
                 "training does (360): OUT/lq/00001.png, OUT/hq/00001.png ...")
      ->group(topic)
      ->type_name("SIZE");
  app.add_option("--small-pictures", a.small_pictures,
                 "Smaller than a patch: mirror, leave-out. Default: mirror")
      ->group(topic)
      ->type_name("WORD");
  app.add_option("--grid", a.grid,
                 "Where grids begin: random (by the seed), published (VCISR's). Default: random")
      ->group(topic)
      ->type_name("WORD");
  app.add_option("--repeat", a.repeat, "Go through the inputs so often. Default: 1")
      ->group(topic)
      ->type_name("N");
  app.add_flag("--shards", a.shards,
               "Write pairs as tensors, OUT/pairs_00000.safetensors ..., instead of pictures")
      ->group(topic);
  app.add_flag("--pictures", a.pictures, "With --shards: the pictures as well")->group(topic);
  app.add_option("--shard-size", a.shard_size, "Pairs of a shard. Default: 256")
      ->group(topic)
      ->type_name("N");
}

void add_preview(CLI::App& app, DegradeArguments& a) {
  const std::string topic = "Preview";
  app.add_option("--preview", a.preview,
                 "Only this sheet: the first input (a film: its first frame) and draws of it side "
                 "by side, with what was done. Codecs get each as a pan of five frames")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--preview-count", a.preview_count, "Draws on it. Default: 8")
      ->group(topic)
      ->type_name("N");
  app.add_option("--preview-size", a.preview_size,
                 "Longest side that is shown, from the middle of the picture. Default: 360")
      ->group(topic)
      ->type_name("PIXELS");
}

void add_running(CLI::App& app, DegradeArguments& a) {
  const std::string topic = "Running";
  app.add_flag("--list-configs", a.list_configs, "Degradations that need no file")->group(topic);
  app.add_flag("--print-config", a.print_config, "Print the stages in effect as YAML")
      ->group(topic);
  app.add_flag("--dry-run", a.dry_run, "Say what would be done, write nothing")->group(topic);
  app.add_option("-j,--threads", a.threads,
                 "The outputs do not depend on it. Default: 0, the processor's")
      ->group(topic)
      ->type_name("N");
  add_running_flags(app, a);
}

}  // namespace

const FlagAliases& degrade_aliases() {
  static const FlagAliases aliases = {
      {"--output-dir", "--output"},
      {"-opt", "--config"},
      {"--opt", "--config"},
      {"--format", "--ext"},
      {"-f", "--ext"},
      {"--manual-seed", "--seed"},
      {"--gt-size", "--patches"},
      {"--patch-size", "--patches"},
      {"--epochs", "--repeat"},
      {"--jobs", "--threads"},
      {"--save-gt", "--save-hq"},
  };
  return aliases;
}

void note_given_flags(const CLI::App& app, DegradeArguments& arguments) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0) arguments.given.insert(option->get_name());
  }
}

void add_degrade_flags(CLI::App& app, DegradeArguments& arguments) {
  set_help_style(app);
  app.set_help_flag("-h,--help", "This text")->group("Running");
  app.set_version_flag("--version", version_text("vcisr-degrade"),
                       "Versions of program and libraries")
      ->group("Running");
  add_files(app, arguments);
  add_degradation(app, arguments);
  add_patches(app, arguments);
  add_preview(app, arguments);
  add_running(app, arguments);
  let_last_value_count(app);
  app.footer(
      "Examples:\n"
      "  vcisr-degrade photos/ -o pairs/ --patches 360 --shards --seed 7\n"
      "      Training pairs as tensors, drawn by the degradation 'vcisr'.\n"
      "  vcisr-degrade film.mp4 -o film_lq.mkv -c codec_only --save-hq\n"
      "      A degraded film, and the film it must be restored to.\n"
      "  vcisr-degrade photo.png --preview sheet.png -c real_esrgan --set jpeg_range=[10,50]\n"
      "      Shows what settings do.\n"
      "  vcisr-degrade --replay pairs/recipe.jsonl -i photos/ -o again/ --shards\n"
      "      The same bytes again.\n"
      "\n"
      "An interrupted job leaves the pictures and shards that are finished; the recipe is written "
      "at the end.\n"
      "Long options may be written with - or _. Exit codes: 0 done, 1 failed, 2 wrong use, 3 input "
      "unreadable,\n4 output or encoder failed, 5 memory, 7 some files of several failed, 130 "
      "interrupted.");
}

}  // namespace vcisr::tools
