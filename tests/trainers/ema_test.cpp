// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/ema.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/utils.h>

#include "vcisr/core/error.h"

namespace vcisr::trainers {
namespace {

/// A convolution and a norm with buffers, one of them of whole numbers.
class SmallModule : public torch::nn::Module {
 public:
  SmallModule()
      : conv_(register_module("conv", torch::nn::Conv2d(2, 3, 3))),
        norm_(register_module("norm", torch::nn::BatchNorm2d(3))) {}

  void shift(float by) {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : parameters()) parameter.add_(by);
    norm_->running_mean.add_(by);
    norm_->num_batches_tracked.add_(1);
  }

 private:
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d norm_;
};

torch::Tensor tensor_of(const Ema& ema, const std::string& name) {
  for (const auto& [key, tensor] : ema.state()) {
    if (key == name) return tensor.clone();
  }
  ADD_FAILURE() << name;
  return {};
}

tensorfile::Checkpoint checkpoint_of(const Ema& ema, const std::string& prefix) {
  tensorfile::Checkpoint checkpoint;
  for (const auto& [name, tensor] : ema.state()) {
    checkpoint.tensors.emplace_back(prefix + name, tensor.clone());
  }
  return checkpoint;
}

TEST(Ema, StartsAsACopyAndFollows) {
  SmallModule network;
  Ema ema(network, 0.9);
  const auto start = network.named_parameters()["conv.weight"].detach().clone();
  EXPECT_TRUE(torch::equal(tensor_of(ema, "conv.weight"), start));
  auto expected = start.clone();
  for (int step = 1; step <= 5; ++step) {
    network.shift(0.5F);
    ema.update();
    expected = 0.9 * expected + 0.1 * (start + 0.5 * step);
  }
  EXPECT_TRUE(torch::allclose(tensor_of(ema, "conv.weight"), expected, 1e-6, 1e-6));
  EXPECT_EQ(tensor_of(ema, "norm.num_batches_tracked").item<std::int64_t>(), 5);
  EXPECT_TRUE(torch::equal(tensor_of(ema, "norm.running_mean"),
                           network.named_buffers()["norm.running_mean"]));
  ema.restart();
  EXPECT_TRUE(torch::equal(tensor_of(ema, "conv.weight"),
                           network.named_parameters()["conv.weight"].detach()));
}

TEST(Ema, IsKeptInFloat32) {
  SmallModule network;
  network.to(torch::kBFloat16);
  Ema ema(network, 0.999);
  for (int step = 0; step < 3; ++step) {
    network.shift(1);
    ema.update();
  }
  EXPECT_EQ(tensor_of(ema, "conv.weight").scalar_type(), torch::kFloat32);
  SmallModule twin;
  twin.to(torch::kBFloat16);
  ema.copy_to(twin);
  EXPECT_TRUE(torch::equal(twin.named_parameters()["conv.weight"].detach(),
                           tensor_of(ema, "conv.weight").to(torch::kBFloat16)));
}

TEST(Ema, IsWrittenIntoATwin) {
  SmallModule network, twin;
  Ema ema(network, 0.5);
  network.shift(2);
  ema.update();
  ema.copy_to(twin);
  for (const auto& item : twin.named_parameters()) {
    EXPECT_TRUE(torch::equal(item.value().detach(), tensor_of(ema, item.key()))) << item.key();
  }
  for (const auto& item : twin.named_buffers()) {
    EXPECT_TRUE(torch::equal(item.value(), tensor_of(ema, item.key()))) << item.key();
  }
  torch::nn::Conv2d other(2, 3, 3);
  EXPECT_THROW(ema.copy_to(*other), c10::Error);
}

TEST(Ema, GoesOnFromItsStateBitForBit) {
  SmallModule network;
  Ema whole(network, 0.99);
  network.shift(1);
  whole.update();
  const auto saved = checkpoint_of(whole, "ema.");
  Ema resumed(network, 0.99);
  resumed.load_state(saved, "ema.");
  network.shift(1);
  whole.update();
  resumed.update();
  const auto one = whole.state();
  const auto other = resumed.state();
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(torch::equal(one[i].second, other[i].second)) << one[i].first;
  }
}

TEST(Ema, RefusesInWords) {
  SmallModule network;
  EXPECT_THROW(Ema(network, 1), ConfigError);
  EXPECT_THROW(Ema(network, -0.1), ConfigError);
  Ema ema(network, 0.5);
  auto saved = checkpoint_of(ema, "");
  saved.tensors.pop_back();
  try {
    ema.load_state(saved);
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_STREQ(error.what(),
                 "the averaged network's state does not fit: 1 missing "
                 "(norm.num_batches_tracked)");
  }
}

}  // namespace
}  // namespace vcisr::trainers
