// SPDX-License-Identifier: Apache-2.0
// The flags themselves: names, topics and help.
#include <string>

#include "vcisr-train/arguments.h"
#include "vcisr/core/error.h"

namespace vcisr::tools {
namespace {

void add_config(CLI::App& app, TrainArguments& a) {
  const std::string topic = "Configuration";
  app.add_option("-c,--config,config", a.config,
                 "A YAML file in the structure of BasicSR, Real-ESRGAN or traiNNer-redux")
      ->group(topic)
      ->type_name("FILE");
  app.add_option("--set", a.settings, "Change a value of it: train.total_iter=1000; repeatable")
      ->group(topic)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--force-yml", a.more_settings, "BasicSR's spelling: several of them, a:b=v")
      ->group(topic)
      ->type_name("KEY=VALUE ...");
  app.add_flag("--lenient", a.lenient, "Unknown keys are a warning instead of an error")
      ->group(topic);
  app.add_flag("--debug", a.debug,
               "BasicSR's: the name begins with debug_, every step is printed, every eighth "
               "validated and saved, no event files")
      ->group(topic);
}

void add_going_on(CLI::App& app, TrainArguments& a) {
  const std::string topic = "Going on";
  app.add_flag("--auto-resume", a.auto_resume,
               "From the experiment's newest state, exactly; from the start where there is none. "
               "Without it an experiment of that name is renamed to <name>_archived_<time>")
      ->group(topic);
  app.add_option("--resume", a.resume, "From this state")->group(topic)->type_name("STATE");
}

void add_instead(CLI::App& app, TrainArguments& a) {
  const std::string topic = "Instead of training";
  app.add_flag("--check", a.check, "Read the whole file, open the data, do one step, write nothing")
      ->group(topic);
  app.add_flag("--test", a.test,
               "Restore and measure the sets val and test with path.pretrain_network_g")
      ->group(topic);
  app.add_flag("--print-config", a.print_config, "Print the configuration in effect as YAML")
      ->group(topic);
  app.add_option("--dump-degraded", a.dump_degraded,
                 "Write the first N pairs that training would see, and their recipe")
      ->group(topic)
      ->type_name("N");
  app.add_option("-o,--output", a.output, "Their folder. Default: degraded_<name>")
      ->group(topic)
      ->type_name("FOLDER");
}

void add_running(CLI::App& app, TrainArguments& a) {
  const std::string topic = "Running";
  app.add_option("--launcher", a.launcher,
                 "Who started this process and its siblings: auto, none, pytorch (torchrun "
                 "--no-python), slurm, mpi. Default: auto")
      ->group(topic)
      ->type_name("WORD");
  app.add_option("--local-rank", a.local_rank, "Accepted for launchers that give it")
      ->group(topic)
      ->type_name("N");
  add_running_flags(app, a);
}

}  // namespace

const FlagAliases& train_aliases() {
  static const FlagAliases aliases = {
      {"-opt", "--config"},
      {"--opt", "--config"},
      {"--resume-state", "--resume"},
  };
  return aliases;
}

void add_train_flags(CLI::App& app, TrainArguments& arguments) {
  set_help_style(app);
  app.set_help_flag("-h,--help", "This text")->group("Running");
  app.set_version_flag("--version", version_text("vcisr-train"),
                       "Versions of program and libraries")
      ->group("Running");
  add_config(app, arguments);
  add_going_on(app, arguments);
  add_instead(app, arguments);
  add_running(app, arguments);
  let_last_value_count(app);
  app.footer(
      "Examples:\n"
      "  vcisr-train --config configs/train/vcisr_grl_small_x4_l1.yaml --check\n"
      "  vcisr-train --config my.yaml --set train.total_iter=100000 --auto-resume\n"
      "  torchrun --no-python --nproc-per-node 4 vcisr-train --config my.yaml --auto-resume\n"
      "  vcisr-train --config my.yaml --dump-degraded 64 -o look/");
}

void check_arguments(const TrainArguments& a) {
  if (a.config.empty()) {
    throw ConfigError("no configuration was given: vcisr-train --config FILE, see --help");
  }
  const int modes =
      int{a.check} + int{a.test} + int{a.print_config} + int{a.dump_degraded.has_value()};
  if (modes > 1) {
    throw ConfigError("--check, --test, --print-config and --dump-degraded exclude each other");
  }
  if (a.dump_degraded && *a.dump_degraded < 1) {
    throw ConfigError("--dump-degraded must be at least 1");
  }
  if (!a.output.empty() && !a.dump_degraded) {
    throw ConfigError(
        "--output belongs to --dump-degraded; training writes to "
        "path.experiments_root of the file");
  }
  if (modes > 0 && (a.auto_resume || !a.resume.empty())) {
    throw ConfigError("--auto-resume and --resume are for training");
  }
  if (a.auto_resume && !a.resume.empty()) {
    throw ConfigError("--auto-resume and --resume exclude each other");
  }
}

}  // namespace vcisr::tools
