// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vcisr-eval/arguments.h"
#include "vcisr/core/file.h"
#include "vcisr/evaluation/pairing.h"
#include "vcisr/evaluation/result.h"

namespace vcisr::tools {

/// The files that the flags ask for.
class EvalOutputs {
 public:
  /// Errors  ConfigError: two outputs of one name, an output that is an input, two on standard
  ///         output. OutputError: what cannot be written, such as an existing file without
  ///         --overwrite; before anything is measured.
  EvalOutputs(const EvalArguments& arguments, const std::vector<evaluation::EvaluationItem>& items);
  /// A folder that was made for nothing is removed.
  ~EvalOutputs();
  EvalOutputs(const EvalOutputs&) = delete;
  EvalOutputs& operator=(const EvalOutputs&) = delete;

  /// Each file appears when it is complete. Errors  OutputError.
  void write(const evaluation::Result& result, const evaluation::ReportHead& head);

  /// True if standard output belongs to one of them.
  [[nodiscard]] bool use_standard_output() const;
  /// True if one of them shows the worst frames.
  [[nodiscard]] bool show_worst_frames() const;

 private:
  using MakeText =
      std::function<std::string(const evaluation::Result&, const evaluation::ReportHead&)>;
  struct Output {
    std::string flag;
    std::string path;
    MakeText text;
    std::unique_ptr<AtomicFile> file;  ///< Null for standard output.
  };

  void add(const std::string& flag, const std::string& path, MakeText text);
  void check(const EvalArguments& arguments,
             const std::vector<evaluation::EvaluationItem>& items) const;

  std::vector<Output> outputs_;
  std::string made_folder_;
};

/// To standard output. Errors  OutputError: it is full or closed.
void print(const std::string& text);

}  // namespace vcisr::tools
