// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/pipeline.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <utility>

#include "degradation/flat_config.h"
#include "degradation/stage_list.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"
#include "vcisr/degradation/presets.h"
#include "vcisr/degradation/video_compression.h"

namespace vcisr::degradation {
namespace {

PipelineOptions read_options(const Config& config, std::int64_t scale) {
  PipelineOptions options;
  options.scale = scale;
  config.read("scale", options.scale, {1, 16});
  config.read_enum("source", options.source,
                   {{"hq", DegradedSource::kHq}, {"hq_sharpened", DegradedSource::kSharpened}});
  config.read("batch_size", options.batch_size, {1, 100'000});
  config.read("first_batch_size", options.first_batch_size, {1, 100'000});
  return options;
}

/// Forms the groups of one codec stage: the pictures that wait for it, in order.
class GroupFormer {
 public:
  explicit GroupFormer(BatchRecipe& recipe) : recipe_(recipe) {}

  void add(std::int64_t unit, const PictureDraw::Pending& pending) {
    Queue& queue = queues_[pending.stage];
    const std::int64_t limit = pending.stage->group_size();
    if (queue.open == kNone ||
        (limit > 0 && static_cast<std::int64_t>(group(queue).units.size()) >= limit)) {
      open(queue, pending);
    }
    if (!(queue.size == pending.size)) {
      throw ConfigError("pictures of " + text(queue.size) + " and " + text(pending.size) +
                        " cannot be compressed as one clip; put resize_to_lq before "
                        "video_compression");
    }
    group(queue).units.push_back(unit);
    auto& steps = recipe_.units[static_cast<std::size_t>(unit)].steps;
    std::get<GroupStep>(steps[pending.step]).group = group(queue).group;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Queue {
    std::size_t open = kNone;  ///< Index into the recipe's groups.
    std::uint64_t opened = 0;
    PictureSize size;
  };

  static std::string text(const PictureSize& size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
  }
  GroupRecipe& group(const Queue& queue) { return recipe_.groups[queue.open]; }

  void open(Queue& queue, const PictureDraw::Pending& pending) {
    const Rng groups = pending.rng.fork("groups");
    const bool is_shared = pending.stage->decide_per() == DecidePer::kBatch;
    queue.open = recipe_.groups.size();
    queue.size = pending.size;
    GroupRecipe fresh;
    fresh.group = static_cast<std::int64_t>(queue.open);
    fresh.step =
        pending.stage->draw_group(pending.size, is_shared ? groups : groups.fork(queue.opened));
    ++queue.opened;
    recipe_.groups.push_back(std::move(fresh));
  }

  BatchRecipe& recipe_;
  std::map<const VideoCompressionStage*, Queue> queues_;  // Looked up only, never walked.
};

}  // namespace

class Pipeline::Impl {
 public:
  Impl(const Config& given, std::int64_t scale) {
    if (!given.has("stages")) {
      yaml = stages_of_flat(given, scale);
      given.expect_all_keys_read();
      const Config translated = Config::parse(yaml, given.where() + " (flat keys as stages)");
      read(translated, scale);
    } else {
      read(given, scale);
      yaml = given.dump();
    }
  }

  PipelineOptions options;
  StageList stages;
  std::string yaml;

 private:
  void read(const Config& config, std::int64_t scale) {
    options = read_options(config, scale);
    stages = make_stages(config.sections("stages"));
    config.expect_all_keys_read();
  }
};

Pipeline::Pipeline(const Config& config, std::int64_t scale)
    : impl_(std::make_unique<Impl>(config, scale)) {}
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;

Pipeline Pipeline::load(const std::string& path_or_preset,
                        const std::vector<std::string>& overrides) {
  const std::string* const preset = find_preset(path_or_preset);
  std::error_code ignored;
  if (std::filesystem::exists(path_or_preset, ignored) || preset == nullptr) {
    if (preset == nullptr && !std::filesystem::exists(path_or_preset, ignored) &&
        path_or_preset.find_first_of("/.") == std::string::npos) {
      throw ConfigError("no degradation '" + path_or_preset +
                        "': it is neither a file nor one of " + join(preset_names()) +
                        did_you_mean(path_or_preset, preset_names()));
    }
    return Pipeline(Config::load(path_or_preset, overrides));
  }
  return Pipeline(Config::parse(*preset, path_or_preset + ".yaml", overrides));
}

const PipelineOptions& Pipeline::options() const noexcept { return impl_->options; }
const std::string& Pipeline::yaml() const noexcept { return impl_->yaml; }

void Pipeline::check(const PictureSize& hq) const {
  SizeForecast picture{.input = hq, .scale = impl_->options.scale, .size = hq, .is_shared = true};
  check_stages(impl_->stages, picture);
  const std::int64_t scale = impl_->options.scale;
  const PictureSize lq{hq.height / scale, hq.width / scale};
  if (picture.size && !(*picture.size == lq)) {
    throw ConfigError("the stages end with " + std::to_string(picture.size->width) + "x" +
                      std::to_string(picture.size->height) + " pictures instead of hq / " +
                      std::to_string(scale) + "; end with resize_to_lq");
  }
  if (!picture.size) {
    throw ConfigError("the stages end with pictures of random size; end with resize_to_lq");
  }
}

BatchRecipe Pipeline::draw(const std::vector<PictureSize>& hq, const Rng& rng) const {
  BatchRecipe recipe;
  recipe.units.resize(hq.size());
  std::vector<PictureDraw> pictures(hq.size());
  for (std::size_t unit = 0; unit < hq.size(); ++unit) {
    PictureDraw& picture = pictures[unit];
    picture.input = hq[unit];
    picture.size = hq[unit];
    picture.scale = impl_->options.scale;
    draw_stages(impl_->stages, rng, static_cast<std::int64_t>(unit), picture);
    recipe.units[unit].steps = std::move(picture.steps);
  }
  GroupFormer groups(recipe);
  for (std::size_t unit = 0; unit < hq.size(); ++unit) {
    for (const auto& pending : pictures[unit].pending) {
      groups.add(static_cast<std::int64_t>(unit), pending);
    }
  }
  return recipe;
}

}  // namespace vcisr::degradation
