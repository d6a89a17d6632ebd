// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "common/config_file.h"
#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-eval/arguments.h"
#include "vcisr-eval/evaluate.h"

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  keep_large_buffers();
  const StopOnSignals signals;
  CLI::App app("Measures how good pictures and films are, alone or against a reference.",
               "vcisr-eval");
  EvalArguments arguments;
  add_eval_flags(app, arguments);
  for (int i = 0; i < argc; ++i) {
    arguments.command += (i == 0 ? "" : " ") + std::string(i == 0 ? "vcisr-eval" : argv[i]);
  }
  return run(app, argc, argv, eval_aliases(), [&] {
    if (arguments.print_config) {
      std::fputs(print_config(app).c_str(), stdout);
      return static_cast<int>(kOk);
    }
    return evaluate(arguments, signals.token());
  });
}
