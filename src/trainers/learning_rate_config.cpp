// SPDX-License-Identifier: Apache-2.0
// The schedules as YAML writes them.
#include "trainers/lower_case.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"
#include "vcisr/trainers/learning_rate.h"

namespace vcisr::trainers {
namespace {

constexpr Range<std::int64_t> kSteps{1, std::int64_t{1} << 53};
constexpr Range<std::int64_t> kStepsFromZero{0, std::int64_t{1} << 53};
constexpr Range<double> kFactor{1e-6, 1e3};
constexpr Range<double> kWeight{0, 1e3};
constexpr Range<double> kRate{0, 10};

using RatePtr = std::unique_ptr<LearningRate>;

/// Options that clash are found without knowledge of the file: its name is put before.
template <class Make>
RatePtr located(const Config& config, Make make) {
  try {
    return make();
  } catch (const ConfigError& error) {
    throw ConfigError(config.where() + ": " + error.what());
  }
}

RatePtr read_constant(const Config& /*config*/, const LearningRateContext& context) {
  return constant_rate(context.base);
}

RatePtr read_multi_step(const Config& config, const LearningRateContext& context) {
  MultiStepOptions options;
  options.milestones = config.get<std::vector<std::int64_t>>("milestones", kStepsFromZero);
  config.read("gamma", options.gamma, kFactor);
  config.read("restarts", options.restarts, kStepsFromZero);
  config.read("restart_weights", options.restart_weights, kWeight);
  return located(config, [&] { return multi_step_rate(context.base, options); });
}

RatePtr read_cosine_restart(const Config& config, const LearningRateContext& context) {
  CosineRestartOptions options;
  options.periods = config.get<std::vector<std::int64_t>>("periods", kSteps);
  // One period needs no weight to be given.
  config.read("restart_weights", options.restart_weights, kWeight);
  config.read("eta_min", options.eta_min, kRate);
  return located(config, [&] { return cosine_restart_rate(context.base, options); });
}

RatePtr read_cosine(const Config& config, const LearningRateContext& context) {
  CosineOptions options;
  options.half_period = config.get<std::int64_t>("T_max", kSteps);
  config.read("eta_min", options.eta_min, kRate);
  return cosine_rate(context.base, options);
}

RatePtr read_vcisr(const Config& config, const LearningRateContext& context) {
  VcisrOptions options;
  options.interval = config.get<std::int64_t>("interval", kSteps);
  options.double_at.clear();
  if (context.total_steps > 0) options.total = context.total_steps;
  config.read("gamma", options.gamma, kFactor);
  config.read("double_at", options.double_at, kSteps);
  config.read("total", options.total, kSteps);
  for (const auto step : options.double_at) {
    if (step % options.interval == 0) continue;
    throw ConfigError(config.where("double_at") + ": " + std::to_string(step) +
                      " is no multiple of the interval " + std::to_string(options.interval) +
                      ", so the rate would not be doubled there");
  }
  return located(config, [&] { return vcisr_rate(context.base, options); });
}

RatePtr read_vcisr_paper(const Config& config, const LearningRateContext& context) {
  double gamma = 0.5;
  const auto interval = config.get<std::int64_t>("interval", kSteps);
  config.read("gamma", gamma, kFactor);
  return vcisr_paper_rate(context.base, interval, gamma);
}

struct Schedule {
  std::string name;
  std::vector<std::string> aliases;
  RatePtr (*read)(const Config&, const LearningRateContext&);
};

const std::vector<Schedule>& schedules() {
  static const std::vector<Schedule> kSchedules = {
      {"MultiStepLR", {"MultiStepRestartLR"}, read_multi_step},
      {"CosineAnnealingRestartLR", {}, read_cosine_restart},
      {"CosineAnnealingLR", {"TrueCosineAnnealingLR", "CosineAnnealing"}, read_cosine},
      {"VCISR", {}, read_vcisr},
      {"VCISRPaper", {}, read_vcisr_paper},
      {"constant", {}, read_constant}};
  return kSchedules;
}

const Schedule* find_schedule(const std::string& type) {
  for (const auto& schedule : schedules()) {
    if (lower_case(schedule.name) == lower_case(type)) return &schedule;
    for (const auto& alias : schedule.aliases) {
      if (lower_case(alias) == lower_case(type)) return &schedule;
    }
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<LearningRate> make_learning_rate(const Config& train,
                                                 const LearningRateContext& context,
                                                 const std::string& key) {
  auto rate = constant_rate(context.base);
  if (const auto section = train.find_section(key)) {
    const auto type = section->get<std::string>("type");
    const Schedule* const schedule = find_schedule(type);
    if (schedule == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : schedules()) names.push_back(known.name);
      throw ConfigError(section->where("type") + ": unknown scheduler '" + type + "'" +
                        did_you_mean(type, names) + " (known: " + join(names) + ")");
    }
    rate = schedule->read(*section, context);
  }
  return with_warmup(context.base, context.warmup_steps, std::move(rate));
}

}  // namespace vcisr::trainers
