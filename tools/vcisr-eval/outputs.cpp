// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/outputs.h"

#include <cstdio>
#include <filesystem>
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

EvalOutputs::EvalOutputs(const EvalArguments& a) : overwrite_(a.overwrite) {
  const auto in_folder = [&a](const std::string& given, const std::string& extension) {
    if (!given.empty() || a.output.empty()) return given;
    return (fs::path(a.output) / ("evaluation." + extension)).string();
  };
  const std::string json = a.json.empty() ? a.report : a.json;
  add("--json", in_folder(json, "json"), &evaluation::json_report);
  add("--csv", in_folder(a.csv, "csv"),
      [](const auto& result, const auto&) { return evaluation::csv_report(result); });
  add("--md", in_folder(a.markdown, "md"), &evaluation::markdown_report);
  add("--html", in_folder(a.html, "html"), &evaluation::html_report);
  check(a);
  if (!a.output.empty()) make_folder(a.output);
}

void EvalOutputs::add(const std::string& flag, const std::string& path, MakeText text) {
  if (!path.empty()) outputs_.push_back({flag, path, std::move(text)});
}

void EvalOutputs::check(const EvalArguments& a) const {
  std::map<fs::path, std::string> taken;
  for (const auto& input : {a.distorted, a.reference, a.compressed}) {
    if (!input.empty()) taken.emplace(canonical_path(input), "an input");
  }
  for (const auto& output : outputs_) {
    const fs::path path = output.path == "-" ? fs::path("-") : canonical_path(output.path);
    const auto [found, is_free] = taken.emplace(path, output.flag);
    if (!is_free) {
      throw ConfigError(output.flag + " '" + output.path + "' is " + found->second +
                        " too: give another name");
    }
    std::error_code error;
    if (output.path == "-" || !fs::exists(path, error)) continue;
    if (fs::is_directory(path, error)) {
      throw OutputError(output.path + ": is a folder; " + output.flag + " wants a file");
    }
    if (!overwrite_) {
      throw OutputError(output.path + ": exists already (replace it with --overwrite)");
    }
  }
}

bool EvalOutputs::use_standard_output() const {
  for (const auto& output : outputs_) {
    if (output.path == "-") return true;
  }
  return false;
}

void EvalOutputs::write(const evaluation::Result& result,
                        const evaluation::ReportHead& head) const {
  for (const auto& output : outputs_) {
    const std::string text = output.text(result, head);
    if (output.path == "-") {
      std::fwrite(text.data(), 1, text.size(), stdout);
      continue;
    }
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    write_file(output.path, {bytes, text.size()},
               overwrite_ ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse);
    log::info("wrote " + output.path);
  }
}

}  // namespace vcisr::tools
