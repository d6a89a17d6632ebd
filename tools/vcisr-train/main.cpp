// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-train/arguments.h"
#include "vcisr-train/train.h"

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  // A step and a checkpoint may take their time; a second signal ends the wait.
  const StopOnSignals signals(std::chrono::minutes(10), StopOnSignals::UserSignal::kStops);
  keep_large_buffers();
  std::string command;
  for (int i = 0; i < argc; ++i) command += std::string(i > 0 ? " " : "") + argv[i];
  CLI::App app("Trains restoration networks on your own pictures and films.", "vcisr-train");
  TrainArguments arguments;
  add_train_flags(app, arguments);
  return run(
      app, argc, argv, train_aliases(), [&] { return train(arguments, command, signals.token()); },
      ConfigFlag::kOfTheProgram);
}
