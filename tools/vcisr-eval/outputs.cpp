// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/outputs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;

fs::path canonical_path(const fs::path& path) {
  std::error_code error;
  auto result = fs::weakly_canonical(path, error);
  return error ? fs::absolute(path).lexically_normal() : result;
}

}  // namespace

EvalOutputs::EvalOutputs(const EvalArguments& a,
                         const std::vector<evaluation::EvaluationItem>& items) {
  const auto in_folder = [&a](const std::string& given, const std::string& extension) {
    if (!given.empty() || a.output.empty()) return given;
    return (fs::path(a.output) / ("evaluation." + extension)).string();
  };
  add("--json", in_folder(a.json, "json"), &evaluation::json_report);
  add("--report", a.report, &evaluation::json_report);
  add("--csv", in_folder(a.csv, "csv"),
      [](const auto& result, const auto&) { return evaluation::csv_report(result); });
  add("--md", in_folder(a.markdown, "md"), &evaluation::markdown_report);
  add("--html", in_folder(a.html, "html"), &evaluation::html_report);
  check(a, items);
  std::error_code error;
  if (!a.output.empty() && !fs::exists(a.output, error)) {
    make_folder(a.output);
    made_folder_ = a.output;
  }
  const auto existing =
      a.overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse;
  for (auto& output : outputs_) {
    if (output.path != "-") output.file = std::make_unique<AtomicFile>(output.path, existing);
  }
}

EvalOutputs::~EvalOutputs() {
  outputs_.clear();
  std::error_code ignored;  // Not empty: something was written.
  if (!made_folder_.empty()) fs::remove(made_folder_, ignored);
}

void EvalOutputs::add(const std::string& flag, const std::string& path, MakeText text) {
  if (!path.empty()) outputs_.push_back({flag, path, std::move(text), nullptr});
}

void EvalOutputs::check(const EvalArguments& a,
                        const std::vector<evaluation::EvaluationItem>& items) const {
  std::map<fs::path, std::string> taken;
  const auto take_input = [&taken](const fs::path& path) {
    if (!path.empty()) taken.emplace(canonical_path(path), "an input");
  };
  for (const auto& input : {a.distorted, a.reference, a.compressed}) take_input(input);
  for (const auto& item : items) {
    for (const auto& path : {item.distorted, item.reference, item.compressed}) take_input(path);
  }
  for (const auto& output : outputs_) {
    const fs::path path = output.path == "-" ? fs::path("-") : canonical_path(output.path);
    const auto [found, is_free] = taken.emplace(path, output.flag);
    if (!is_free) {
      throw ConfigError(output.flag + " '" + output.path + "' is " + found->second +
                        " too: give another name");
    }
    std::error_code error;
    const auto status = fs::symlink_status(output.path, error);
    if (output.path == "-" || !fs::exists(status) || fs::is_regular_file(status) ||
        fs::is_directory(status)) {
      continue;
    }
    throw OutputError(output.path + ": is no ordinary file, which " + output.flag +
                      " would replace (- writes to standard output)");
  }
}

bool EvalOutputs::use_standard_output() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return output.path == "-"; });
}

bool EvalOutputs::show_worst_frames() const {
  return std::any_of(outputs_.begin(), outputs_.end(), [](const Output& output) {
    return output.flag == "--html" || output.flag == "--json" || output.flag == "--report";
  });
}

void EvalOutputs::write(const evaluation::Result& result, const evaluation::ReportHead& head) {
  for (auto& output : outputs_) {
    const std::string text = output.text(result, head);
    if (!output.file) {
      print(text);
      continue;
    }
    std::ofstream stream(output.file->temporary_path(), std::ios::binary | std::ios::trunc);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    if (!stream) {
      throw OutputError(output.path + ": cannot be written: " + std::strerror(errno));
    }
    output.file->commit();
    log::info("wrote " + output.path);
  }
}

void print(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (is_written && std::fflush(stdout) == 0) return;
  throw OutputError(std::string("standard output cannot be written: ") + std::strerror(errno));
}

}  // namespace vcisr::tools
