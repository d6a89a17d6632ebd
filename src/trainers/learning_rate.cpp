// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

class ConstantRate final : public LearningRate {
 public:
  explicit ConstantRate(double base) : base_(base) {}
  double at(std::int64_t /*step*/) const override { return base_; }

 private:
  double base_;
};

class MultiStepRate final : public LearningRate {
 public:
  MultiStepRate(double base, MultiStepOptions options) : base_(base), options_(std::move(options)) {
    std::sort(options_.milestones.begin(), options_.milestones.end());
  }

  double at(std::int64_t step) const override {
    double rate = base_;
    std::int64_t restarted_at = -1;
    for (std::size_t i = 0; i < options_.restarts.size() && options_.restarts[i] <= step; ++i) {
      restarted_at = options_.restarts[i];
      rate = base_ * options_.restart_weights[i];
    }
    // Factor by factor, as a training that runs through the milestones multiplies them.
    for (const auto milestone : options_.milestones) {
      if (milestone > restarted_at && milestone <= step) rate *= options_.gamma;
    }
    return rate;
  }

 private:
  double base_;
  MultiStepOptions options_;
};

double half_cosine(double base, double eta_min, double progress) {
  return eta_min + 0.5 * (base - eta_min) * (1 + std::cos(std::numbers::pi * progress));
}

class CosineRestartRate final : public LearningRate {
 public:
  CosineRestartRate(double base, CosineRestartOptions options)
      : base_(base), options_(std::move(options)) {}

  double at(std::int64_t step) const override {
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < options_.periods.size(); ++i) {
      const auto period = options_.periods[i];
      if (step <= begin + period) {
        const double progress = static_cast<double>(step - begin) / static_cast<double>(period);
        const double top =
            options_.eta_min + options_.restart_weights[i] * (base_ - options_.eta_min);
        return half_cosine(top, options_.eta_min, progress);
      }
      begin += period;
    }
    return options_.eta_min;
  }

 private:
  double base_;
  CosineRestartOptions options_;
};

class CosineRate final : public LearningRate {
 public:
  CosineRate(double base, const CosineOptions& options) : base_(base), options_(options) {}

  double at(std::int64_t step) const override {
    return half_cosine(base_, options_.eta_min,
                       static_cast<double>(step) / static_cast<double>(options_.half_period));
  }

 private:
  double base_;
  CosineOptions options_;
};

class VcisrRate final : public LearningRate {
 public:
  VcisrRate(double base, VcisrOptions options) : base_(base), options_(std::move(options)) {}

  double at(std::int64_t step) const override {
    const auto last = std::max<std::int64_t>(options_.total - 2 * options_.interval, 0);
    const auto blocks = std::min(step, last) / options_.interval;
    double rate = base_;
    for (std::int64_t block = 1; block <= blocks; ++block) {
      const auto& raised = options_.double_at;
      const bool is_raised =
          std::find(raised.begin(), raised.end(), block * options_.interval) != raised.end();
      rate = is_raised ? rate / options_.gamma : rate * options_.gamma;
    }
    return rate;
  }

 private:
  double base_;
  VcisrOptions options_;
};

class VcisrPaperRate final : public LearningRate {
 public:
  VcisrPaperRate(double base, std::int64_t interval, double gamma)
      : base_(base), interval_(interval), gamma_(gamma) {}

  double at(std::int64_t step) const override {
    return base_ * std::pow(gamma_, static_cast<double>(step / interval_));
  }

 private:
  double base_;
  std::int64_t interval_;
  double gamma_;
};

class WarmedUpRate final : public LearningRate {
 public:
  WarmedUpRate(double base, std::int64_t steps, std::unique_ptr<LearningRate> then)
      : base_(base), steps_(steps), then_(std::move(then)) {}

  double at(std::int64_t step) const override {
    if (step + 1 >= steps_) return then_->at(step);
    return base_ / static_cast<double>(steps_) * static_cast<double>(step + 1);
  }

 private:
  double base_;
  std::int64_t steps_;
  std::unique_ptr<LearningRate> then_;
};

void require(bool holds, const std::string& what) {
  if (!holds) throw ConfigError(what);
}

bool are_ascending(const std::vector<std::int64_t>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

}  // namespace

std::unique_ptr<LearningRate> constant_rate(double base) {
  return std::make_unique<ConstantRate>(base);
}

std::unique_ptr<LearningRate> multi_step_rate(double base, MultiStepOptions options) {
  require(options.restarts.size() == options.restart_weights.size(),
          "MultiStepLR: " + std::to_string(options.restart_weights.size()) +
              " restart_weights were given for " + std::to_string(options.restarts.size()) +
              " restarts, one each was expected");
  require(are_ascending(options.restarts), "MultiStepLR: restarts must ascend");
  return std::make_unique<MultiStepRate>(base, std::move(options));
}

std::unique_ptr<LearningRate> cosine_restart_rate(double base, CosineRestartOptions options) {
  require(!options.periods.empty(), "CosineAnnealingRestartLR: periods are missing");
  for (const auto period : options.periods) {
    require(period >= 1, "CosineAnnealingRestartLR: a period of " + std::to_string(period) +
                             " steps was given, at least 1 was expected");
  }
  require(options.periods.size() == options.restart_weights.size(),
          "CosineAnnealingRestartLR: " + std::to_string(options.restart_weights.size()) +
              " restart_weights were given for " + std::to_string(options.periods.size()) +
              " periods, one each was expected");
  return std::make_unique<CosineRestartRate>(base, std::move(options));
}

std::unique_ptr<LearningRate> cosine_rate(double base, CosineOptions options) {
  require(options.half_period >= 1, "CosineAnnealingLR: T_max must be at least 1");
  return std::make_unique<CosineRate>(base, options);
}

std::unique_ptr<LearningRate> vcisr_rate(double base, VcisrOptions options) {
  require(options.interval >= 1, "VCISR schedule: interval must be at least 1");
  require(options.gamma > 0, "VCISR schedule: gamma must be above 0");
  return std::make_unique<VcisrRate>(base, std::move(options));
}

std::unique_ptr<LearningRate> vcisr_paper_rate(double base, std::int64_t interval, double gamma) {
  require(interval >= 1, "VCISRPaper schedule: interval must be at least 1");
  require(gamma > 0, "VCISRPaper schedule: gamma must be above 0");
  return std::make_unique<VcisrPaperRate>(base, interval, gamma);
}

std::unique_ptr<LearningRate> with_warmup(double base, std::int64_t steps,
                                          std::unique_ptr<LearningRate> then) {
  if (steps < 1) return then;
  return std::make_unique<WarmedUpRate>(base, steps, std::move(then));
}

}  // namespace vcisr::trainers
