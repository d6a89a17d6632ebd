// SPDX-License-Identifier: Apache-2.0
// Learned metrics as TorchScript files.
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

namespace fs = std::filesystem;

/// What tools/export_metric.py writes into the file beside the network.
constexpr const char* kDescriptionFile = "vcisr_metric.json";

/// Empty members: the file does not say.
struct Description {
  std::optional<Better> better;
  std::optional<bool> needs_reference;
  std::int64_t smallest_side_px = 1;
  std::string source;  ///< "pyiqa 0.1.7 lpips"
};

Description parse_description(const std::string& text, const fs::path& path) {
  Description description;
  if (text.empty()) return description;
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.contains("better")) {
      const auto word = json.at("better").get<std::string>();
      if (word != "higher" && word != "lower") {
        throw CheckpointError(path.string() + ": its " + kDescriptionFile + " says that '" + word +
                              "' is better, where higher or lower was expected");
      }
      description.better = word == "higher" ? Better::kHigher : Better::kLower;
    }
    if (json.contains("reference")) description.needs_reference = json.at("reference").get<bool>();
    description.smallest_side_px = json.value("smallest_side_px", std::int64_t{1});
    description.source = json.value("source", std::string());
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(path.string() + ": its " + kDescriptionFile +
                          " cannot be read: " + error.what());
  }
  return description;
}

struct ScriptFile {
  torch::jit::Module module;
  Description description;
};

ScriptFile load_script(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    throw CheckpointError(path.string() + ": no such TorchScript file");
  }
  torch::jit::ExtraFilesMap extra{{kDescriptionFile, ""}};
  ScriptFile file;
  try {
    file.module = torch::jit::load(path.string(), torch::kCPU, extra);
    file.module.eval();
  } catch (const c10::Error&) {
    throw CheckpointError(path.string() +
                          ": is not a TorchScript file that this LibTorch can load (made by "
                          "torch.jit.save; tools/export_metric.py makes them)");
  }
  file.description = parse_description(extra[kDescriptionFile], path);
  return file;
}

/// Arguments of forward beside self.
std::size_t argument_count(const torch::jit::Module& module, const fs::path& path) {
  const auto forward = module.find_method("forward");
  const std::size_t count = forward ? forward->num_inputs() - 1 : 0;
  if (count == 1 || count == 2) return count;
  throw CheckpointError(path.string() +
                        ": its forward was expected to take the distorted picture, or it and the "
                        "reference, but it takes " +
                        std::to_string(count) + " arguments");
}

class Script final : public Metric {
 public:
  Script(const std::string& name, ScriptFile file, bool needs_reference, Better better,
         std::int64_t border_px)
      : file_(std::move(file)), border_px_(border_px) {
    info_.name = name;
    info_.needs_reference = needs_reference;
    info_.columns = {{name, "", better, 4}};
    info_.protocol = name + ": TorchScript network" +
                     (file_.description.source.empty() ? "" : " " + file_.description.source) +
                     ", RGB in [0, 1]" + border_text(border_px_);
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    if (info_.needs_reference) check_pair(comparison, info_.name);
    const torch::NoGradGuard no_grad;
    std::vector<torch::jit::IValue> arguments = {input(*comparison.distorted)};
    if (info_.needs_reference) arguments.emplace_back(input(*comparison.reference));
    // Each call has a copy of the module's handle: forward() is not const.
    torch::jit::Module module = file_.module;
    const auto output = run(module, std::move(arguments));
    TORCH_CHECK(output.isTensor() && output.toTensor().numel() == 1, info_.name,
                " was expected to give one number, but its network gives something else");
    const double value = output.toTensor().item().toDouble();
    TORCH_CHECK(std::isfinite(value), info_.name, " gave ", value, ", which is no score");
    return {{value}, {}};
  }

 private:
  /// What the network's own code throws, in one line.
  [[nodiscard]] torch::jit::IValue run(torch::jit::Module& module,
                                       std::vector<torch::jit::IValue> arguments) const {
    try {
      return module.forward(std::move(arguments));
    } catch (const std::exception& error) {
      std::string text = error.what();
      while (!text.empty() && text.back() == '\n') text.pop_back();
      const auto last_line = text.rfind('\n');
      TORCH_CHECK(false, info_.name, ": its network failed: ",
                  last_line == std::string::npos ? text : text.substr(last_line + 1));
    }
  }

  /// [1, 3, H, W]
  [[nodiscard]] torch::Tensor input(const Picture& picture) const {
    const auto rgb = without_border(picture.unit_rgb(), border_px_).contiguous();
    const auto least = file_.description.smallest_side_px;
    TORCH_CHECK(rgb.size(1) >= least && rgb.size(2) >= least, info_.name, " needs at least ", least,
                "x", least, " pixels, but it was asked for ", rgb.size(2), "x", rgb.size(1));
    return rgb.unsqueeze(0);
  }

  ScriptFile file_;
  std::int64_t border_px_;
  MetricInfo info_;
};

MetricPtr make_script(const Config& config) {
  const fs::path path = config.get<std::string>("file");
  auto name = path.stem().string();
  config.read("name", name);
  auto file = load_script(path);
  const bool takes_two = argument_count(file.module, path) == 2;
  const bool needs_reference = file.description.needs_reference.value_or(takes_two);
  if (needs_reference != takes_two) {
    throw CheckpointError(path.string() +
                          ": its description and its forward disagree on whether "
                          "there is a reference");
  }
  if (!file.description.better && !config.has("better")) {
    throw ConfigError(path.string() +
                      ": the file does not say which way is better; say better: higher or lower");
  }
  Better better = file.description.better.value_or(Better::kHigher);
  if (!file.description.better) {
    config.read_enum("better", better, {{"higher", Better::kHigher}, {"lower", Better::kLower}});
  }
  const auto options = read_common_options(config, better);
  return std::make_unique<const Script>(name, std::move(file), needs_reference, better,
                                        options.crop_border_px);
}

}  // namespace

MetricFamily script_metrics() {
  return {metric_entry("script", "a learned metric as a TorchScript file",
                       "{type: script, file: lpips.pt, name: lpips}", &make_script)};
}

}  // namespace vcisr::metrics
