// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/arguments.h"

#include <algorithm>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::tools {
namespace {

const std::vector<std::string>& acceptable() {
  static const std::vector<std::string> words = {"alpha", "count", "matrix", "missing", "range"};
  return words;
}

bool accepts(const EvalArguments& a, const std::string& word) {
  return std::find(a.accepted.begin(), a.accepted.end(), word) != a.accepted.end();
}

}  // namespace

void check_arguments(const EvalArguments& a) {
  for (const auto& word : a.accepted) {
    if (std::find(acceptable().begin(), acceptable().end(), word) != acceptable().end()) continue;
    throw ConfigError("--accept '" + word + "' is not one of " + join(acceptable()) +
                      did_you_mean(word, acceptable()));
  }
  if (a.distorted.empty()) {
    throw ConfigError(
        "nothing to measure was given: vcisr-eval DISTORTED [REFERENCE], see vcisr-eval --help");
  }
  if (!a.compressed.empty() && a.reference.empty()) {
    throw ConfigError("--compressed says what was restored; a gain over it needs --reference too");
  }
  check_range(a.subsample, 1, 1'000'000, "--subsample");
  check_range(a.threads, 0, 1024, "--threads");
  check_range(a.worst, 0, 100, "--worst");
  if (a.crop_border) check_range(*a.crop_border, 0, 4096, "--crop-border");
  if (a.bit_depth) check_range(*a.bit_depth, 8, 16, "--bit-depth");
}

evaluation::PairingOptions pairing_options(const EvalArguments& a) {
  return {.sub_folders = a.recursive ? media::SubFolders::kRead : media::SubFolders::kLeaveOut,
          .suffix = a.suffix,
          .allow_missing = accepts(a, "missing")};
}

evaluation::EvaluationOptions evaluation_options(const EvalArguments& a) {
  evaluation::EvaluationOptions options;
  options.threads = static_cast<int>(a.threads);
  options.subsample = a.subsample;
  options.bit_depth = a.bit_depth;
  options.decoder = film_options(a.film);
  options.decoder.ignore_edit_list = a.ignore_edit_list;
  options.decoder.keep_going = a.keep_going;
  options.accepted = {.range = accepts(a, "range"),
                      .count = accepts(a, "count"),
                      .matrix = accepts(a, "matrix"),
                      .alpha = accepts(a, "alpha")};
  options.worst_frames = static_cast<std::size_t>(a.worst);
  return options;
}

}  // namespace vcisr::tools
