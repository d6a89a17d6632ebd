// SPDX-License-Identifier: Apache-2.0
// Whole trainings of VCISR, step by step as its published trainers ran them: float32, CPU,
// drop-path off, weights and batches by the hash rule. Tolerances are the golden file's own; their
// reasons stand in it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "support/training_networks.h"
#include "vcisr/networks/module_state.h"
#include "vcisr/networks/vgg_features.h"
#include "vcisr/trainers/training_model.h"

namespace vcisr::trainers {
namespace {

using nlohmann::json;
using tests::hash_image;
using Tensors = std::map<std::string, torch::Tensor>;

const json& golden() {
  static const json table = [] {
    std::ifstream file(VCISR_GOLDEN_DIR "/vcisr_training.json");
    return json::parse(file);
  }();
  return table;
}

AdamOptions adam(double rate) { return {.learning_rate = rate, .beta1 = 0.9, .beta2 = 0.99}; }

TrainingParts generator_parts(double rate) {
  TrainingParts parts;
  parts.network_yaml = "{type: vcisr_small_x4, drop_path_rate: 0}";
  parts.network = networks::registry().make(Config::parse(parts.network_yaml));
  tests::fill_by_hash_rule(*parts.network);
  parts.pixel.push_back({"l_g_pix", losses::pixel_losses().make(Config::parse("{type: L1}"))});
  parts.optimizer = adam(rate);
  parts.learning_rate = constant_rate(rate);
  return parts;
}

TrainOptions options() {
  TrainOptions options;
  options.sharpened = {.pixel = true, .perceptual = true, .real = false};
  return options;
}

DeviceBatch batch(const std::string& number) {
  const auto sharpened = hash_image("hq" + number, {4, 3, 96, 96});
  return {.lq = hash_image("lq" + number, {4, 3, 24, 24}),
          .hq = hash_image("hp" + number, {4, 3, 96, 96}),
          .hq_sharpened = sharpened};
}

Tensors copy_of(const torch::nn::Module& module) {
  Tensors copies;
  for (const auto& [name, tensor] : networks::module_state(module)) {
    copies[name] = tensor.detach().clone();
  }
  return copies;
}

/// The deviation nearest to its bound, for the record.
class Worst {
 public:
  explicit Worst(const char* what) : what_(what) {}
  ~Worst() { std::printf("[ measured ] %s: worst %.2f of the tolerance\n", what_, worst_); }

  void check(double ours, double theirs, double tolerance, const std::string& name) {
    EXPECT_NEAR(ours, theirs, tolerance) << name;
    worst_ = std::max(worst_, std::abs(ours - theirs) / tolerance);
  }

 private:
  const char* what_;
  double worst_ = 0;
};

struct Bounds {
  double element_gradient = 5e-4;
  double gradient_mean_abs = 5e-5;
  double value_absolute = 1e-7;
  double value_relative = 1.2e-7;
  double mean_abs_update = 3e-8;
  double mean_update = 3e-8;
  double mean_abs = 3e-8;
};

double mean_of(const torch::Tensor& tensor) {
  return tensor.to(torch::kFloat64).mean().item<double>();
}

void check_state(const torch::nn::Module& module, const Tensors& start, const json& expected,
                 const Bounds& bounds, Worst& worst) {
  std::map<std::string, torch::Tensor> now;
  for (const auto& [name, tensor] : networks::module_state(module)) now[name] = tensor;
  for (const auto& item : expected.at("elements")) {
    const auto name = item.at("tensor").get<std::string>();
    const auto index = item.at("index").get<std::int64_t>();
    const double value = item.at("value").get<double>();
    worst.check(now.at(name).flatten()[index].item<double>(), value,
                bounds.value_absolute + bounds.value_relative * std::abs(value), name);
    if (!item.contains("grad")) continue;
    const double gradient = item.at("grad").get<double>();
    const double scale = item.at("grad_mean_abs_of_tensor").get<double>();
    worst.check(now.at(name).grad().flatten()[index].item<double>(), gradient,
                bounds.element_gradient * std::max(std::abs(gradient), scale), name + " gradient");
  }
  for (const auto& item : expected.at("tensors")) {
    const auto name = item.at("tensor").get<std::string>();
    const auto update = now.at(name).to(torch::kFloat64) - start.at(name).to(torch::kFloat64);
    worst.check(mean_of(update), item.at("mean_update"), bounds.mean_update, name + " mean update");
    worst.check(mean_of(update.abs()), item.at("mean_abs_update"), bounds.mean_abs_update,
                name + " mean |update|");
    worst.check(mean_of(now.at(name).abs()), item.at("mean_abs"), bounds.mean_abs,
                name + " mean ||");
    if (!item.contains("grad_mean_abs")) continue;
    const double scale = item.at("grad_mean_abs").get<double>();
    const auto gradient = now.at(name).grad();
    worst.check(mean_of(gradient.abs()), scale, bounds.gradient_mean_abs * scale,
                name + " mean |gradient|");
    if (!item.contains("grad_mean")) continue;
    worst.check(mean_of(gradient), item.at("grad_mean"), bounds.gradient_mean_abs * scale,
                name + " mean gradient");
  }
}

double value_of(const StepOutcome& outcome, const std::string& name) {
  for (const auto& [key, value] : outcome.values) {
    if (key == name) return value.item<double>();
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

double loss_tolerance(int step) {
  if (step == 0) return 1e-6;
  if (step == 1) return 5e-6;
  if (step <= 5) return 3e-5;
  return step <= 10 ? 1e-4 : 4e-4;
}

void train_first_stage(const char* name, bool is_fresh) {
  Worst worst(name);
  const json& expected = golden().at(name);
  auto parts = generator_parts(2e-4);
  const auto network = parts.network;
  const Tensors start = copy_of(*network);
  TrainingModel model(std::move(parts), options(), torch::kCPU, single_process_group());
  for (int k = 0; k < 20; ++k) {
    const std::vector<DeviceBatch> batches = {batch(is_fresh ? std::to_string(k) : "0")};
    const auto outcome = model.step(batches, k);
    worst.check(value_of(outcome, "l_g_pix"), expected.at("loss")[static_cast<std::size_t>(k)],
                loss_tolerance(k), "loss of step " + std::to_string(k));
    if (k < 2) {
      const double norm = expected.at("grad_norm")[static_cast<std::size_t>(k)];
      worst.check(outcome.gradient_norm.item<double>(), norm, (k == 0 ? 1e-5 : 3e-5) * norm,
                  "gradient norm");
    }
    if (k == 0) check_state(*network, start, expected.at("after").at("1"), {}, worst);
  }
  check_state(*network, start, expected.at("after").at("20"),
              {.value_absolute = 4e-5,
               .value_relative = 0,
               .mean_abs_update = 3e-6,
               .mean_update = 4e-7,
               .mean_abs = 6e-7},
              worst);
}

TEST(PublishedTraining, FirstStageOnFreshBatches) { train_first_stage("stage1_fresh", true); }
TEST(PublishedTraining, FirstStageOnOneBatch) { train_first_stage("stage1_overfit", false); }

TrainingParts second_stage_parts() {
  auto parts = generator_parts(1e-4);
  parts.discriminator = tests::hashed_discriminator();
  parts.perceptual.emplace(
      losses::PerceptualOptions{},
      std::make_shared<networks::VggFeatures>(networks::VggOptions{}, tests::hashed_vgg19()));
  parts.gan.emplace(losses::GanOptions{.loss_weight = 0.1});
  parts.discriminator_optimizer = adam(1e-4);
  parts.discriminator_learning_rate = constant_rate(1e-4);
  return parts;
}

void check_losses(const StepOutcome& outcome, const json& expected, int k, Worst& worst) {
  const double wide = std::vector{1e-6, 2e-5, 8e-5}[static_cast<std::size_t>(k)];
  const double narrow = std::vector{1e-6, 4e-6, 1e-5}[static_cast<std::size_t>(k)];
  const double logit = std::vector{1e-6, 1e-5, 2e-5}[static_cast<std::size_t>(k)];
  const std::string step = " of step " + std::to_string(k);
  worst.check(value_of(outcome, "l_g_pix"), expected.at("pixel"), wide, "pixel" + step);
  worst.check(value_of(outcome, "l_g_percep"), expected.at("perceptual"), wide, "percep" + step);
  worst.check(value_of(outcome, "l_g_gan"), expected.at("gan_g_weighted"), narrow, "gan" + step);
  worst.check(value_of(outcome, "l_d_real"), expected.at("d_real"), narrow, "d_real" + step);
  worst.check(value_of(outcome, "l_d_fake"), expected.at("d_fake"), narrow, "d_fake" + step);
  const auto& logits = expected.at("d_logit_mean_per_pass");
  worst.check(value_of(outcome, "out_d_real"), logits[1], logit, "logits real" + step);
  worst.check(value_of(outcome, "out_d_fake"), logits[2], logit, "logits fake" + step);
  const double norm = expected.at("g_grad_norm");
  worst.check(outcome.gradient_norm.item<double>(), norm, (k == 0 ? 1e-4 : 3e-3) * norm,
              "gradient norm" + step);
}

void check_buffers(const torch::nn::Module& discriminator, const json& expected, double tolerance,
                   Worst& worst) {
  const Tensors now = copy_of(discriminator);
  for (const auto& item : expected) {
    const auto name = item.at("tensor").get<std::string>();
    for (std::size_t i = 0; i < 3; ++i) {
      worst.check(now.at(name)[static_cast<std::int64_t>(i)].item<double>(), item.at("first3")[i],
                  tolerance, name);
    }
  }
}

TEST(PublishedTraining, SecondStage) {
  Worst worst("stage2");
  const json& expected = golden().at("stage2");
  auto parts = second_stage_parts();
  const auto generator = parts.network;
  const auto discriminator = parts.discriminator;
  const Tensors start_g = copy_of(*generator);
  const Tensors start_d = copy_of(*discriminator);
  TrainingModel model(std::move(parts), options(), torch::kCPU, single_process_group());
  for (int k = 0; k < 3; ++k) {
    const std::vector<DeviceBatch> batches = {batch(std::to_string(k))};
    const auto outcome = model.step(batches, k);
    check_losses(outcome, expected.at("iterations")[static_cast<std::size_t>(k)], k, worst);
    if (k != 0) continue;
    const json& after = expected.at("after").at("1");
    const Bounds bounds{.element_gradient = 1e-3, .gradient_mean_abs = 2e-4};
    check_state(*generator, start_g, after.at("generator"), bounds, worst);
    check_state(*discriminator, start_d, after.at("discriminator"), bounds, worst);
    check_buffers(*discriminator, after.at("spectral_buffers"), 1e-6, worst);
  }
  const json& after = expected.at("after").at("3");
  check_state(*generator, start_g, after.at("generator"),
              {.value_absolute = 4e-6,
               .value_relative = 0,
               .mean_abs_update = 3e-7,
               .mean_update = 6e-8,
               .mean_abs = 2e-7},
              worst);
  check_state(*discriminator, start_d, after.at("discriminator"),
              {.value_absolute = 3e-7,
               .value_relative = 0,
               .mean_abs_update = 3e-8,
               .mean_update = 3e-8,
               .mean_abs = 2e-7},
              worst);
  check_buffers(*discriminator, after.at("spectral_buffers"), 1e-5, worst);
}

}  // namespace
}  // namespace vcisr::trainers
