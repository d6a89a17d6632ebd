// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/optimizer.h"

#include <cmath>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/utils.h>

#include "support/hash_rule.h"
#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

using Json = nlohmann::json;

torch::Tensor parameter_of(const torch::Tensor& values) {
  return values.clone(torch::MemoryFormat::Preserve).set_requires_grad(true);
}

/// The rule in double precision, tensor by tensor.
class PlainAdam {
 public:
  PlainAdam(const torch::Tensor& start, const AdamOptions& options)
      : options_(options),
        value(start.detach().to(torch::kFloat64)),
        average_(torch::zeros_like(value)),
        square_average_(torch::zeros_like(value)) {}

  void step(torch::Tensor gradient, double rate) {
    gradient = gradient.to(torch::kFloat64);
    ++steps_;
    if (options_.is_decoupled) {
      value = value * (1 - rate * options_.weight_decay);
    } else {
      gradient = gradient + options_.weight_decay * value;
    }
    average_ = options_.beta1 * average_ + (1 - options_.beta1) * gradient;
    square_average_ = options_.beta2 * square_average_ + (1 - options_.beta2) * gradient.square();
    const auto average = average_ / (1 - std::pow(options_.beta1, steps_));
    const auto square = square_average_ / (1 - std::pow(options_.beta2, steps_));
    value = value - rate * average / (square.sqrt() + options_.epsilon);
  }

 private:
  AdamOptions options_;

 public:
  torch::Tensor value;

 private:
  torch::Tensor average_, square_average_;
  int steps_ = 0;
};

/// Step `t`'s gradient for any shape.
torch::Tensor gradient_of(const std::string& name, int t, const torch::Tensor& like) {
  const auto values = tests::hash_image(name + std::to_string(t), like.sizes().vec()) - 0.5;
  return torch::empty_like(like.detach()).copy_(values);
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.detach().to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

tensorfile::Checkpoint checkpoint_of(const NamedTensors& tensors, const std::string& prefix = "") {
  tensorfile::Checkpoint checkpoint;
  for (const auto& [name, tensor] : tensors) {
    checkpoint.tensors.emplace_back(prefix + name, tensor.clone());
  }
  return checkpoint;
}

TEST(AdamOptimizer, FollowsThePublishedTrainersAdam) {
  const auto golden =
      Json::parse(std::ifstream(std::string(VCISR_GOLDEN_DIR) + "/vcisr_training.json"))
          .at("adam_unit");
  auto start = torch::empty({8});
  for (int i = 0; i < 8; ++i) start[i] = static_cast<float>(tests::hash_unit("adam.w", i));
  const auto z = parameter_of(torch::zeros({8}));
  const auto w = parameter_of(start);
  AdamOptimizer optimizer({{"z", z}, {"w", w}}, {});
  int compared = 0;
  for (int t = 1; t <= 20; ++t) {
    auto gradient = torch::empty({8});
    for (int i = 0; i < 8; ++i) {
      const double u = tests::hash_unit("adam.g" + std::to_string(t), i);
      gradient[i] = static_cast<float>(u * std::pow(10.0, -i));
    }
    z.mutable_grad() = gradient;
    w.mutable_grad() = gradient.clone();
    optimizer.step(t <= 10 ? 2e-4 : 1e-4);
    const auto row = golden.at("after").find(std::to_string(t));
    if (row == golden.at("after").end()) continue;
    ++compared;
    for (int i = 0; i < 8; ++i) {
      EXPECT_NEAR(z[i].item<double>(), row->at("z")[i].get<double>(), 1e-9) << t << " " << i;
      EXPECT_NEAR(w[i].item<double>(), row->at("w")[i].get<double>(), 5e-7) << t << " " << i;
    }
  }
  EXPECT_EQ(compared, 4);
}

TEST(AdamOptimizer, EqualsThePlainRule) {
  for (const bool is_decoupled : {false, true}) {
    for (const double decay : {0.0, 0.01}) {
      const AdamOptions options{.weight_decay = decay, .is_decoupled = is_decoupled};
      NamedTensors parameters = {
          {"a", parameter_of(tests::hash_image("a", {3, 5, 3, 3}))},
          {"b", parameter_of(tests::hash_image("b", {1000}))},
          {"c", parameter_of(tests::hash_image("c", {}))},
          {"d", parameter_of(tests::hash_image("d", {4, 6, 3, 3})
                                 .contiguous(torch::MemoryFormat::ChannelsLast))}};
      std::vector<PlainAdam> plain;
      for (const auto& item : parameters) plain.emplace_back(item.second, options);
      AdamOptimizer optimizer(parameters, options);
      for (int t = 1; t <= 10; ++t) {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
          const auto gradient = gradient_of(parameters[i].first, t, parameters[i].second);
          parameters[i].second.mutable_grad() = gradient;
          plain[i].step(gradient, 1e-2 / t);
        }
        optimizer.step(1e-2 / t);
      }
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        EXPECT_LT(distance(parameters[i].second, plain[i].value), 1e-6)
            << parameters[i].first << " decay " << decay << " decoupled " << is_decoupled;
      }
    }
  }
}

TEST(AdamOptimizer, TakesGradientsOfAnotherLayout) {
  const auto values = tests::hash_image("w", {4, 6, 3, 3});
  const auto rows = parameter_of(values);
  const auto channels_last = parameter_of(values.contiguous(torch::MemoryFormat::ChannelsLast));
  AdamOptimizer one({{"w", rows}}, {}), other({{"w", channels_last}}, {});
  for (int t = 1; t <= 3; ++t) {
    rows.mutable_grad() = gradient_of("w", t, rows);
    channels_last.mutable_grad() = rows.grad();
    one.step(1e-2);
    other.step(1e-2);
  }
  EXPECT_LT(distance(rows, channels_last.detach()), 1e-7);
}

TEST(AdamOptimizer, CountsAsAChangeOfItsParameters) {
  const auto parameter = torch::ones({4}).requires_grad_(true);
  AdamOptimizer optimizer({{"p", parameter}}, {});
  parameter.mutable_grad() = torch::ones({4});
  const auto before = parameter._version();
  optimizer.step(0.1);
  EXPECT_GT(parameter._version(), before);
}

TEST(AdamOptimizer, SkipsParametersWithoutGradient) {
  const auto a = parameter_of(torch::ones({4}));
  const auto b = parameter_of(torch::ones({4}));
  AdamOptimizer optimizer({{"a", a}, {"b", b}}, {.weight_decay = 0.1, .is_decoupled = true});
  a.mutable_grad() = torch::ones({4});
  optimizer.step(1e-3);
  EXPECT_TRUE(torch::equal(b, torch::ones({4})));
  EXPECT_FALSE(torch::equal(a, torch::ones({4})));
  const auto state = checkpoint_of(optimizer.state());
  EXPECT_EQ(state.find("step.a")->item<std::int64_t>(), 1);
  EXPECT_EQ(state.find("step.b")->item<std::int64_t>(), 0);
  EXPECT_EQ(optimizer.gradients().size(), 1U);
  optimizer.zero_gradients();
  EXPECT_FALSE(a.grad().defined());
  optimizer.step(1e-3);  // Nothing to do.
}

TEST(AdamOptimizer, GoesOnFromItsStateBitForBit) {
  const auto start = tests::hash_image("w", {37, 11});
  const auto train = [](AdamOptimizer& optimizer, int begin, int end) {
    const auto& [name, parameter] = optimizer.parameters().front();
    for (int t = begin; t < end; ++t) {
      parameter.mutable_grad() = gradient_of("g", t, parameter);
      optimizer.step(1e-3);
    }
  };
  const auto whole = parameter_of(start);
  AdamOptimizer uninterrupted({{"w", whole}}, {});
  train(uninterrupted, 0, 20);

  const auto first = parameter_of(start);
  AdamOptimizer before({{"w", first}}, {});
  train(before, 0, 10);
  const auto saved = checkpoint_of(before.state(), "optim_g.");
  const auto second = parameter_of(first.detach());
  AdamOptimizer after({{"w", second}}, {});
  after.load_state(saved, "optim_g.");
  train(after, 10, 20);
  EXPECT_TRUE(torch::equal(whole, second));
}

TEST(AdamOptimizer, RefusesStateThatDoesNotFit) {
  const auto a = parameter_of(torch::ones({4}));
  AdamOptimizer optimizer({{"a", a}, {"b", parameter_of(torch::ones({2}))}}, {});
  auto state = checkpoint_of(optimizer.state());
  state.tensors[0].second = torch::ones({5});
  state.tensors[1].second = torch::ones({4});
  state.tensors.pop_back();
  try {
    optimizer.load_state(state);
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_STREQ(error.what(),
                 "the optimizer's state does not fit: 1 missing (step.b), 1 of another shape "
                 "(exp_avg.a [5] where [4] is needed)");
  }
  EXPECT_EQ(optimizer.state()[1].second.sum().item<float>(), 0) << "it changed nonetheless";
}

TEST(AdamOptimizer, RefusesParametersThatDifferInType) {
  EXPECT_THROW(
      AdamOptimizer({{"a", torch::ones({1})}, {"b", torch::ones({1}, torch::kFloat64)}}, {}),
      c10::Error);
  EXPECT_THROW(AdamOptimizer({{"a", torch::ones({1}, torch::kInt64)}}, {}), c10::Error);
}

TEST(AdamOptions, AreReadFromYaml) {
  const auto config = Config::parse(
      "{type: AdamW, lr: !!float 2e-4, betas: [0.9, 0.999], eps: 1.0e-6, weight_decay: 0.05}");
  const auto options = read_adam_options(config);
  config.expect_all_keys_read();
  EXPECT_TRUE(options.is_decoupled);
  EXPECT_EQ(options.learning_rate, 2e-4);
  EXPECT_EQ(options.beta2, 0.999);
  EXPECT_EQ(options.epsilon, 1e-6);
  EXPECT_EQ(options.weight_decay, 0.05);
  const auto plain = read_adam_options(Config::parse("{type: adam, lr: 0.1}"));
  EXPECT_FALSE(plain.is_decoupled);
  EXPECT_EQ(plain.beta2, 0.99);
  EXPECT_EQ(plain.weight_decay, 0);
  EXPECT_EQ(read_adam_options(Config::parse("{type: AdamW, lr: 0.1}")).weight_decay, 0.01);
}

TEST(AdamOptions, RefuseOthersInWords) {
  const auto refusal = [](const std::string& yaml) -> std::string {
    try {
      (void)read_adam_options(Config::parse(yaml));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("{type: Adan, lr: 0.1}"),
            "<text>:1: type: unknown optimizer 'Adan' (known: Adam, AdamW)");
  EXPECT_NE(refusal("{type: Adam}").find("lr: is missing"), std::string::npos);
  EXPECT_NE(refusal("{type: Adam, lr: 0.1, betas: [0.9]}").find("[beta1, beta2]"),
            std::string::npos);
  EXPECT_NE(refusal("{type: Adam, lr: 0.1, betas: [0.9, 1.0]}").find("betas"), std::string::npos);
  EXPECT_NE(refusal("{type: Adam, lr: -1}").find("lr"), std::string::npos);
}

TEST(ClipGradients, ScalesToTheNorm) {
  const auto a = parameter_of(torch::zeros({2}));
  const auto b = parameter_of(torch::zeros({1}));
  const auto without = parameter_of(torch::zeros({1}));
  a.mutable_grad() = torch::tensor({3.0F, 0.0F});
  b.mutable_grad() = torch::tensor({4.0F});
  const NamedTensors parameters = {{"a", a}, {"b", b}, {"without", without}};
  EXPECT_FLOAT_EQ(clip_gradients(parameters, 10).item<float>(), 5);
  EXPECT_FLOAT_EQ(b.grad().item<float>(), 4);
  EXPECT_FLOAT_EQ(clip_gradients(parameters, 0).item<float>(), 5) << "measures only";
  EXPECT_FLOAT_EQ(clip_gradients(parameters, 1).item<float>(), 5);
  EXPECT_NEAR(b.grad().item<float>(), 0.8, 1e-6);
  EXPECT_NEAR(a.grad()[0].item<float>(), 0.6, 1e-6);
  EXPECT_FLOAT_EQ(clip_gradients({{"without", without}}, 1).item<float>(), 0);
}

TEST(AllFinite, FindsInfinityAndNan) {
  EXPECT_TRUE(all_finite({}));
  EXPECT_TRUE(all_finite({torch::empty({0})}));
  // The sum of their squares is beyond float32.
  EXPECT_TRUE(all_finite({torch::full({9}, 1e30), torch::ones({2})}));
  for (const float bad : {std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), std::nanf("")}) {
    auto tensor = torch::ones({50});
    tensor[17] = bad;
    EXPECT_FALSE(all_finite({torch::ones({2}), tensor, torch::ones({3})})) << bad;
  }
}

}  // namespace
}  // namespace vcisr::trainers
