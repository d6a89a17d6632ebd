// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include "common/config_file.h"
#include "common/signals.h"
#include "common/tool.h"
#include "vcisr-eval/arguments.h"
#include "vcisr-eval/evaluate.h"

namespace {

/// As a shell reads it back.
std::string shell_word(const std::string& word) {
  const bool is_plain = !word.empty() && word.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-+=./,:%@") == std::string::npos;
  if (is_plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  keep_large_buffers();
  const StopOnSignals signals;
  CLI::App app("Measures how good pictures and films are, alone or against a reference.",
               "vcisr-eval");
  EvalArguments arguments;
  add_eval_flags(app, arguments);
  for (int i = 0; i < argc; ++i) {
    arguments.command += i == 0 ? std::string("vcisr-eval") : " " + shell_word(argv[i]);
  }
  return run(app, argc, argv, eval_aliases(), [&] {
    if (arguments.print_config) {
      std::fputs(print_config(app).c_str(), stdout);
      return static_cast<int>(kOk);
    }
    return evaluate(arguments, signals.token());
  });
}
