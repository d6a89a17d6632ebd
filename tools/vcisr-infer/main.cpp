// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "common/config_file.h"
#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-infer/arguments.h"
#include "vcisr-infer/infer.h"

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  keep_large_buffers();
  const StopOnSignals signals;
  CLI::App app("Restores and enlarges compressed pictures and films.", "vcisr-infer");
  InferArguments arguments;
  add_infer_flags(app, arguments);
  return run(app, argc, argv, infer_aliases(), [&] {
    if (arguments.print_config) {
      std::fputs(print_config(app).c_str(), stdout);
      return static_cast<int>(kOk);
    }
    return infer(arguments, signals.token());
  });
}
