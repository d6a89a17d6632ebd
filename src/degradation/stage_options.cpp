// SPDX-License-Identifier: Apache-2.0
#include "degradation/stage_options.h"

#include <algorithm>
#include <string>

#include "vcisr/core/error.h"

namespace vcisr::degradation {
namespace {

constexpr Range<std::int64_t> kKernelSizes{1, 51};

}  // namespace

DecidePer read_decide_per(const Config& config) {
  DecidePer decide_per = DecidePer::kImage;
  config.read_enum("decide_per", decide_per,
                   {{"image", DecidePer::kImage}, {"batch", DecidePer::kBatch}});
  return decide_per;
}

ops::ChannelOrder read_channel_order(const Config& config) {
  ops::ChannelOrder order = ops::ChannelOrder::kRgb;
  config.read_enum("channel_order", order,
                   {{"rgb", ops::ChannelOrder::kRgb}, {"bgr", ops::ChannelOrder::kBgr}});
  return order;
}

void read_weights(const Config& config, std::string_view key, std::vector<double>& weights,
                  std::size_t count) {
  config.read(key, weights, {0, 1e6});
  if (weights.size() != count) {
    throw ConfigError(config.where(key) + ": " + std::to_string(weights.size()) +
                      " weights where " + std::to_string(count) + " are needed");
  }
  if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 0; })) {
    throw ConfigError(config.where(key) + ": one weight at least must be above 0");
  }
}

void read_kernel_size(const Config& config, Range<std::int64_t>& kernel_size) {
  config.read("kernel_size", kernel_size, kKernelSizes);
  if (kernel_size.lo % 2 == 0 || kernel_size.hi % 2 == 0) {
    throw ConfigError(config.where("kernel_size") + ": both ends must be odd");
  }
}

std::int64_t draw_odd(Rng& rng, const Range<std::int64_t>& sizes) {
  return sizes.lo + 2 * rng.uniform_int(0, (sizes.hi - sizes.lo) / 2);
}

}  // namespace vcisr::degradation
