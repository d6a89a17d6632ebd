// SPDX-License-Identifier: Apache-2.0
#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-infer/arguments.h"
#include "vcisr-infer/infer.h"

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  const StopOnSignals signals;
  CLI::App app("Restores and enlarges compressed pictures and films.", "vcisr-infer");
  InferArguments arguments;
  add_infer_flags(app, arguments);
  return run(app, argc, argv, infer_aliases(), [&] { return infer(arguments, signals.token()); });
}
