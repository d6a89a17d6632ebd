// SPDX-License-Identifier: Apache-2.0
#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-degrade/arguments.h"
#include "vcisr-degrade/degrade.h"

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  const StopOnSignals signals;
  CLI::App app("Makes degraded pictures and films, and training pairs, from good ones.",
               "vcisr-degrade");
  DegradeArguments arguments;
  add_degrade_flags(app, arguments);
  return run(
      app, argc, argv, degrade_aliases(),
      [&] {
        note_given_flags(app, arguments);
        return degrade(arguments, signals.token());
      },
      ConfigFlag::kOfTheProgram);
}
