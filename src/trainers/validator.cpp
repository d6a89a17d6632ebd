// SPDX-License-Identifier: Apache-2.0
#include "trainers/validator.h"

#include <algorithm>
#include <cmath>

#include <torch/torch.h>

#include "networks/device_memory.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/networks/tiling.h"

namespace vcisr::trainers {
namespace {

bool is_wanted(const std::string& key, Validator::Sets sets) {
  if (key.starts_with("val")) return true;
  return sets == Validator::Sets::kValAndTest && key.starts_with("test");
}

/// What other projects measure while they train, and we do not.
bool is_foreign(const Config& metric) {
  static const std::vector<std::string> kForeign = {
      "lpips", "dists", "topiq", "musiq", "hyperiqa", "maniqa", "clipiqa", "pieapp", "fid"};
  const auto type = metric.get<std::string>("type");
  return metrics::registry().find(type) == nullptr &&
         std::any_of(kForeign.begin(), kForeign.end(), [&type](const std::string& word) {
           return type.find(word) != std::string::npos;
         });
}

/// Validation gives each metric one restored picture and its target.
void check_for_pictures(const metrics::Metric& metric, const std::string& where) {
  const auto& info = metric.info();
  if (!info.needs_planes && !info.needs_previous && !info.needs_order) return;
  throw ConfigError(where + ": " + info.name +
                    " measures films, and validation sets hold pictures");
}

torch::Tensor restored_picture(networks::Network& network, const torch::Device& device,
                               const ValidationOptions& options, const torch::Tensor& lq) {
  const auto input = imaging::to_float(lq).unsqueeze(0);  // [1, 3, h, w]
  const std::int64_t scale = network.scale();
  auto output = torch::empty({1, 3, scale * lq.size(1), scale * lq.size(2)}, torch::kFloat32);
  networks::TileOptions tiles{.tile_px = options.tile_px, .halo_px = options.halo_px};
  if (tiles.tile_px == 0 && network.tiling().sees_whole_picture == nullptr) {
    const auto free = networks::usable_bytes(networks::free_bytes(device));
    tiles.tile_px = networks::choose_tile_px(network, lq.size(1), lq.size(2), free, torch::kFloat32,
                                             1, tiles.halo_px);
  }
  networks::forward_tiled(network, input, tiles, output);
  return imaging::to_8bit(output.squeeze(0).clamp_(0, 1));
}

}  // namespace

Validator::Validator(const Config& config, const TrainOptions& options, Sets sets,
                     const data::TrainingDataContext& context)
    : options_(options) {
  const auto datasets = config.section("datasets");
  for (const auto& key : datasets.keys()) {
    if (key == "train" || !(key.starts_with("val") || key.starts_with("test"))) continue;
    const auto section = datasets.section(key);
    auto set = data::make_validation_pictures(section, context);
    if (is_wanted(key, sets)) sets_.push_back(std::move(set));
  }
  const auto val = config.section_or_empty("val");
  if (const auto list = val.find_section("metrics")) {
    for (const auto& key : list->keys()) {
      if (is_foreign(list->section(key))) {
        (void)list->accept_foreign({key});
        continue;
      }
      auto metric = metrics::registry().make(list->section(key));
      check_for_pictures(*metric, list->where(key));
      metrics_.push_back({key, std::move(metric)});
    }
  }
}

std::vector<std::string> Validator::names() const {
  std::vector<std::string> names;
  for (const auto& set : sets_) names.push_back(set->name());
  return names;
}

ValidationPoint Validator::run_set(const data::ValidationPictures& set, networks::Network& network,
                                   const torch::Device& device, ProcessGroup& group,
                                   const std::function<void(const ValidatedPicture&)>& on_picture,
                                   const std::stop_token& stop) const {
  const auto count = static_cast<std::int64_t>(metrics_.size());
  auto sums = torch::zeros({2, count}, torch::kFloat64);  // Sums, and how many.
  auto access = sums.accessor<double, 2>();
  const auto world = static_cast<std::size_t>(group.world());
  for (auto i = static_cast<std::size_t>(group.rank()); i < set.size(); i += world) {
    if (stop.stop_requested()) break;
    const auto picture = set.at(i);
    const auto restored = restored_picture(network, device, options_.validation, picture.lq);
    for (std::int64_t m = 0; picture.hq.defined() && m < count; ++m) {
      const double value =
          metrics::score(*metrics_[static_cast<std::size_t>(m)].metric, restored, picture.hq);
      if (!std::isfinite(value)) continue;
      access[0][m] += value;
      access[1][m] += 1;
    }
    if (on_picture) on_picture({set.name(), picture.name, restored});
  }
  if (group.world() > 1) {
    std::vector<torch::Tensor> shared = {sums.to(device)};
    group.all_reduce_sum(shared);
    sums.copy_(shared.front());
  }
  ValidationPoint point{.dataset = set.name()};
  for (std::int64_t m = 0; m < count; ++m) {
    if (access[1][m] == 0) continue;
    point.metrics.emplace_back(metrics_[static_cast<std::size_t>(m)].name,
                               access[0][m] / access[1][m]);
  }
  return point;
}

std::vector<ValidationPoint> Validator::run(
    networks::Network& network, const torch::Device& device, ProcessGroup& group, std::int64_t step,
    const std::function<void(const ValidatedPicture&)>& on_picture,
    const std::stop_token& stop) const {
  const torch::NoGradGuard no_grad;
  std::vector<ValidationPoint> points;
  for (const auto& set : sets_) {
    points.push_back(run_set(*set, network, device, group, on_picture, stop));
    points.back().step = step;
    if (group.any(stop.stop_requested())) throw Interrupted();
  }
  return points;
}

}  // namespace vcisr::trainers
