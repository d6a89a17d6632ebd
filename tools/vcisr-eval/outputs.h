// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vcisr-eval/arguments.h"
#include "vcisr/evaluation/result.h"

namespace vcisr::tools {

/// The files that the flags ask for.
class EvalOutputs {
 public:
  /// Errors  ConfigError: two outputs of one name, an output that is an input, two on standard
  ///         output. OutputError: an existing file without --overwrite, a folder that is missing.
  explicit EvalOutputs(const EvalArguments& arguments);

  /// Each file appears when it is complete. Errors  OutputError.
  void write(const evaluation::Result& result, const evaluation::ReportHead& head) const;

  /// True if standard output belongs to one of them.
  [[nodiscard]] bool use_standard_output() const;

 private:
  using MakeText =
      std::function<std::string(const evaluation::Result&, const evaluation::ReportHead&)>;
  struct Output {
    std::string flag;
    std::string path;
    MakeText text;
  };

  void add(const std::string& flag, const std::string& path, MakeText text);
  void check(const EvalArguments& arguments) const;

  std::vector<Output> outputs_;
  bool overwrite_;
};

}  // namespace vcisr::tools
