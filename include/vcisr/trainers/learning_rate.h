// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "vcisr/core/config.h"

namespace vcisr::trainers {

/// The learning rate of every step, as a pure function: resuming needs no state.
///
/// Units    `step` is the 0-based number of the update: at(0) is the rate of the first one, at(n)
///          that of the first one after n were completed.
/// Threads  const methods from any thread.
class LearningRate {
 public:
  virtual ~LearningRate() = default;
  [[nodiscard]] virtual double at(std::int64_t step) const = 0;
};

/// MultiStepLR, MultiStepRestartLR: from each milestone on the rate is multiplied by gamma. At a
/// restart it jumps to base * weight, and only later milestones count; a milestone at the restart
/// itself does not.
struct MultiStepOptions {
  std::vector<std::int64_t> milestones;  ///< Steps; one that is given twice counts twice.
  double gamma = 0.1;
  std::vector<std::int64_t> restarts = {0};
  std::vector<double> restart_weights = {1};
};

/// CosineAnnealingRestartLR: period after period from base * weight down to eta_min, which the last
/// step of a period has. After the last period the rate stays at eta_min.
/// Differs from BasicSR: there a step after the last period is an error.
struct CosineRestartOptions {
  std::vector<std::int64_t> periods;
  std::vector<double> restart_weights = {1};
  double eta_min = 0;
};

/// CosineAnnealingLR, TrueCosineAnnealingLR: torch's; after T_max it climbs again, as torch's does.
struct CosineOptions {
  std::int64_t half_period = 1;  ///< T_max.
  double eta_min = 0;
};

/// VCISR as coded: block k = min(step, total - 2 * interval) / interval, rounded down, has the rate
/// base * the product over j = 1 … k of (1 / gamma where j * interval is in double_at, else gamma).
/// VCISRPaper as printed: base * gamma^(step / interval), without doublings and end.
struct VcisrOptions {
  std::int64_t interval = 50'000;
  double gamma = 0.5;
  std::vector<std::int64_t> double_at = {200'000, 400'000, 550'000};
  std::int64_t total = 700'000;
};

[[nodiscard]] std::unique_ptr<LearningRate> constant_rate(double base);
[[nodiscard]] std::unique_ptr<LearningRate> multi_step_rate(double base, MultiStepOptions options);
[[nodiscard]] std::unique_ptr<LearningRate> cosine_restart_rate(double base,
                                                                CosineRestartOptions options);
[[nodiscard]] std::unique_ptr<LearningRate> cosine_rate(double base, CosineOptions options);
[[nodiscard]] std::unique_ptr<LearningRate> vcisr_rate(double base, VcisrOptions options);
[[nodiscard]] std::unique_ptr<LearningRate> vcisr_paper_rate(double base, std::int64_t interval,
                                                             double gamma);

/// BasicSR's warm-up: while step + 1 < steps the rate is base * (step + 1) / steps, whatever the
/// schedule says; its clock runs meanwhile. `steps` below 1 is none.
[[nodiscard]] std::unique_ptr<LearningRate> with_warmup(double base, std::int64_t steps,
                                                        std::unique_ptr<LearningRate> then);

/// What a schedule is made with besides its own keys.
struct LearningRateContext {
  double base = 1e-4;             ///< optim_g.lr.
  std::int64_t total_steps = 0;   ///< train.total_iter: VCISR's default for `total`.
  std::int64_t warmup_steps = 0;  ///< train.warmup_iter.
};

/// Reads `train` section's `scheduler`: {type: MultiStepLR | CosineAnnealingRestartLR |
/// CosineAnnealingLR | VCISR | VCISRPaper | constant, …}. Upper and lower case are equal; BasicSR's
/// MultiStepRestartLR, TrueCosineAnnealingLR and neosr's cosineannealing are known. Keys: those of
/// the options above, with BasicSR's names (milestones, gamma, restarts, restart_weights, periods,
/// eta_min, T_max, interval, double_at, total). No section is a constant rate.
///
/// Errors   ConfigError for an unknown type (lists ours), values out of range, lists whose lengths
///          do not match. Keys that nobody read are the caller's to find (expect_all_keys_read).
[[nodiscard]] std::unique_ptr<LearningRate> make_learning_rate(
    const Config& train, const LearningRateContext& context, const std::string& key = "scheduler");

}  // namespace vcisr::trainers
