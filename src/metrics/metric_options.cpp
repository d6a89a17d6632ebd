// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric_options.h"

#include <torch/torch.h>

#include "vcisr/core/error.h"

namespace vcisr::metrics {

CommonOptions read_common_options(const Config& config, Better better) {
  CommonOptions options;
  const std::string ours = better == Better::kHigher ? "higher" : "lower";
  std::string given = ours;
  std::string input_order = "HWC";
  std::vector<std::string> folders;
  config.read("crop_border", options.crop_border_px, {0, 4096});
  config.read_choice("better", given, {"higher", "lower"});
  // BasicSR's files say how its arrays lie; ours lie in one way only.
  config.read_choice("input_order", input_order, {"HWC", "CHW"});
  config.read("model_folders", folders);
  options.model_folders.assign(folders.begin(), folders.end());
  if (given != ours) {
    throw ConfigError(config.where("better") + ": " + ours + " is better in " +
                      config.get<std::string>("type") + ", but the value is '" + given + "'");
  }
  return options;
}

void refuse_border(const Config& config, const CommonOptions& options) {
  if (options.crop_border_px == 0) return;
  throw ConfigError(config.where("crop_border") + ": " + config.get<std::string>("type") +
                    " looks at whole pictures: leave crop_border out");
}

std::string border_text(std::int64_t border_px) {
  if (border_px == 0) return "";
  return ", " + std::to_string(border_px) + (border_px == 1 ? " pixel" : " pixels") +
         " of each side left out";
}

torch::Tensor without_border(const torch::Tensor& planes, std::int64_t border_px) {
  if (border_px == 0) return planes;
  const std::int64_t height = planes.size(-2) - 2 * border_px;
  const std::int64_t width = planes.size(-1) - 2 * border_px;
  TORCH_CHECK(height > 0 && width > 0, "crop_border ", border_px,
              " leaves nothing of a picture of ", planes.size(-1), "x", planes.size(-2));
  return planes.narrow(-2, border_px, height).narrow(-1, border_px, width);
}

void check_pair(const Comparison& comparison, const std::string& metric) {
  TORCH_CHECK(comparison.distorted != nullptr && comparison.reference != nullptr, metric,
              " compares with a reference, which is not given");
  const Picture& d = *comparison.distorted;
  const Picture& r = *comparison.reference;
  TORCH_CHECK(d.height() == r.height() && d.width() == r.width(),
              "pictures of different sizes cannot be compared: ", d.width(), "x", d.height(),
              " distorted, ", r.width(), "x", r.height(), " reference");
  TORCH_CHECK(d.bit_depth() == r.bit_depth(), "pictures of ", d.bit_depth(), " and ", r.bit_depth(),
              " bits cannot be compared: round one of them first");
}

}  // namespace vcisr::metrics
