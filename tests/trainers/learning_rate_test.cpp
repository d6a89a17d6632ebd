// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/learning_rate.h"

#include <cmath>
#include <fstream>
#include <numbers>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

using Json = nlohmann::json;

const Json& golden() {
  static const Json kGolden =
      Json::parse(std::ifstream(std::string(VCISR_GOLDEN_DIR) + "/vcisr_training.json"));
  return kGolden;
}

std::unique_ptr<LearningRate> make(const std::string& scheduler, double base = 1e-4,
                                   std::int64_t warmup = 0) {
  const auto config = Config::parse("scheduler: " + scheduler);
  auto rate = make_learning_rate(config, {.base = base, .warmup_steps = warmup});
  config.expect_all_keys_read();
  return rate;
}

std::string refusal(const std::string& scheduler) {
  try {
    (void)make(scheduler);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::vector<double> first(const LearningRate& rate, std::int64_t steps, std::int64_t begin = 0) {
  std::vector<double> rates;
  for (auto step = begin; step < begin + steps; ++step) rates.push_back(rate.at(step));
  return rates;
}

/// The numbers have nine digits at most.
void expect_rates(const std::vector<double>& rates, const std::vector<double>& expected) {
  ASSERT_EQ(rates.size(), expected.size());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    EXPECT_NEAR(rates[i] / expected[i], 1, 1e-12) << "step " << i;
  }
}

TEST(LearningRate, VcisrFollowsThePublishedTables) {
  for (const std::string stage : {"stage1", "stage2"}) {
    const auto& table = golden().at("learning_rate").at(stage);
    const auto rate =
        vcisr_rate(stage == "stage1" ? 2e-4 : 1e-4, {.interval = table.at("interval"),
                                                     .double_at = table.at("double_at"),
                                                     .total = table.at("total")});
    for (const auto* key : {"lr_from_iteration", "lr_around_changes"}) {
      ASSERT_GE(table.at(key).size(), 15U);
      for (const auto& row : table.at(key)) {
        EXPECT_NEAR(rate->at(row[0]) / row[1].get<double>(), 1, 1e-12) << stage << " " << row[0];
      }
    }
  }
}

TEST(LearningRate, VcisrGivesThePublishedLoopsRatesFreshAndResumed) {
  for (const auto& [stage, base] : {std::pair("stage1", 2e-4), std::pair("stage2", 1e-4)}) {
    const auto rate = vcisr_rate(base, {.interval = 2, .double_at = {8, 16, 22}, .total = 20});
    ASSERT_EQ(golden().at("loop").at(stage).size(), 2U);
    for (const auto& [name, run] : golden().at("loop").at(stage).items()) {
      const std::vector<double> expected = run.at("lr_g");
      const auto begin = run.at("first_logged_iteration").get<std::int64_t>();
      SCOPED_TRACE(std::string(stage) + ", " + name);
      expect_rates(first(*rate, static_cast<std::int64_t>(expected.size()), begin), expected);
    }
  }
}

TEST(LearningRate, VcisrFromYamlIsTheSame) {
  const auto config = Config::parse(
      "scheduler: {type: VCISR, interval: 50000, double_at: [200000, 400000, 550000]}");
  const auto rate = make_learning_rate(config, {.base = 2e-4, .total_steps = 700'000});
  const auto coded = vcisr_rate(2e-4, {});
  for (std::int64_t step = 0; step < 800'000; step += 12'500) {
    EXPECT_DOUBLE_EQ(rate->at(step), coded->at(step)) << step;
  }
}

TEST(LearningRate, VcisrPaperHalvesOnly) {
  const auto rate = make("{type: VCISRPaper, interval: 50000}", 2e-4);
  EXPECT_DOUBLE_EQ(rate->at(0), 2e-4);
  EXPECT_DOUBLE_EQ(rate->at(49'999), 2e-4);
  EXPECT_DOUBLE_EQ(rate->at(50'000), 1e-4);
  EXPECT_DOUBLE_EQ(rate->at(200'000), 1.25e-5);
  EXPECT_DOUBLE_EQ(rate->at(699'999), 2e-4 / 8192);
}

TEST(LearningRate, MultiStepFallsAtItsMilestones) {
  const auto rate = make("{type: MultiStepLR, milestones: [3, 5, 5], gamma: 0.5}", 1);
  expect_rates(first(*rate, 7), {1, 1, 1, 0.5, 0.5, 0.125, 0.125});
}

TEST(LearningRate, MultiStepRestarts) {
  const auto rate = make(
      "{type: multisteprestartlr, milestones: [2, 4, 6], gamma: 0.1, restarts: [0, 4], "
      "restart_weights: [1, 0.5]}",
      1);
  expect_rates(first(*rate, 8), {1, 1, 0.1, 0.1, 0.5, 0.5, 0.05, 0.05});
}

TEST(LearningRate, CosineRestartsPeriodByPeriod) {
  const auto rate = make(
      "{type: CosineAnnealingRestartLR, periods: [4, 2], restart_weights: [1, 0.5], eta_min: 0.1}",
      1.1);
  const double quarter = 0.5 * (1 + std::cos(std::numbers::pi / 4));
  // The last step of a period, 4, has the lowest rate; the next one is the second of its period.
  expect_rates(first(*rate, 8),
               {1.1, 0.1 + quarter, 0.6, 0.1 + (1 - quarter), 0.1, 0.35, 0.1, 0.1});
}

TEST(LearningRate, CosineIsTorchs) {
  for (const auto* type : {"CosineAnnealingLR", "TrueCosineAnnealingLR", "cosineannealing"}) {
    const auto rate = make(std::string("{type: ") + type + ", T_max: 4, eta_min: !!float 1e-7}");
    EXPECT_DOUBLE_EQ(rate->at(0), 1e-4);
    EXPECT_DOUBLE_EQ(rate->at(2), 1e-7 + 0.5 * (1e-4 - 1e-7));
    EXPECT_DOUBLE_EQ(rate->at(4), 1e-7);
    EXPECT_DOUBLE_EQ(rate->at(8), 1e-4);
  }
}

TEST(LearningRate, WarmsUpAsBasicSr) {
  const auto rate = make("{type: MultiStepLR, milestones: [2, 8], gamma: 0.5}", 1, 4);
  // Steps 0, 1, 2 are BasicSR's iterations 1, 2, 3; in iteration 4 the schedule is in force.
  expect_rates(first(*rate, 9), {0.25, 0.5, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25});
  EXPECT_DOUBLE_EQ(make("{type: constant}", 1, -1)->at(0), 1);
}

TEST(LearningRate, IsConstantWithoutSchedule) {
  const auto config = Config::parse("total_iter: 5");
  EXPECT_DOUBLE_EQ(make_learning_rate(config, {.base = 3e-4})->at(1000), 3e-4);
}

TEST(LearningRate, RefusesInWords) {
  EXPECT_EQ(refusal("{type: MultiStepL}"),
            "<text>:1: scheduler.type: unknown scheduler 'MultiStepL' (did you mean "
            "'MultiStepLR'?) (known: MultiStepLR, CosineAnnealingRestartLR, CosineAnnealingLR, "
            "VCISR, VCISRPaper, constant)");
  EXPECT_EQ(refusal("{type: CosineAnnealingRestartLR, periods: [4, 2]}"),
            "<text>:1: scheduler: CosineAnnealingRestartLR: 1 restart_weights were given for 2 "
            "periods, one each was expected");
  EXPECT_EQ(refusal("{type: VCISR, interval: 100, double_at: [250]}"),
            "<text>:1: scheduler.double_at: 250 is no multiple of the interval 100, so the rate "
            "would not be doubled there");
  EXPECT_NE(refusal("{type: VCISR, interval: 0}").find("scheduler.interval: 0"), std::string::npos);
  EXPECT_NE(refusal("{type: MultiStepLR, milestones: [1], gama: 1}").find("unknown key"),
            std::string::npos);
  EXPECT_NE(refusal("{type: MultiStepLR}").find("milestones"), std::string::npos);
  EXPECT_NE(
      refusal("{type: MultiStepLR, milestones: [9], restarts: [5, 5], restart_weights: [1, 1]}")
          .find("restarts must ascend"),
      std::string::npos);
}

}  // namespace
}  // namespace vcisr::trainers
