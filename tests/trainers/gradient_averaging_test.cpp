// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/gradient_averaging.h"

#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "trainers/process_group_fixtures.h"

namespace vcisr::trainers {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Adds what two ranks would: rank 1's tensors are given by the test.
class RecordingGroup : public ProcessGroup {
 public:
  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int world() const noexcept override { return 2; }
  void all_reduce_sum(std::vector<torch::Tensor>& tensors) override {
    for (auto& tensor : tensors) {
      bytes.push_back(static_cast<std::int64_t>(tensor.nbytes()));
      tensor.mul_(2);
    }
  }
  void broadcast(std::vector<torch::Tensor>& tensors) override {
    for (auto& tensor : tensors) tensor.zero_();
  }
  void barrier() override {}
  [[nodiscard]] bool any(bool value) override { return value; }
  void give_up(std::string_view) noexcept override {}

  std::vector<std::int64_t> bytes;
};

torch::Tensor parameter(at::IntArrayRef shape, float gradient) {
  torch::Tensor tensor = torch::zeros(shape).requires_grad_();
  tensor.mutable_grad() = torch::full(shape, gradient);
  return tensor;
}

TEST(GradientAveraging, FillsBucketsFromTheLastParameter) {
  RecordingGroup group;
  std::vector<torch::Tensor> parameters = {parameter({100}, 1.0f), parameter({40}, 2.0f),
                                           parameter({30}, 3.0f), parameter({30}, 4.0f)};
  parameters.push_back(torch::ones({1000}));  // Not trained.
  average_gradients(group, parameters, 4 * 100);
  // 30 + 30 + 40 and three flags, then 100 and one.
  EXPECT_THAT(group.bytes, ElementsAre(4 * 103, 4 * 101));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(torch::equal(parameters[i].grad(), torch::full_like(parameters[i], i + 1.0)));
  }
}

TEST(GradientAveraging, SeparatesTypes) {
  RecordingGroup group;
  torch::Tensor wide = torch::zeros({10}, torch::kFloat64).requires_grad_();
  wide.mutable_grad() = torch::ones({10}, torch::kFloat64);
  average_gradients(group, {parameter({10}, 1.0f), wide, parameter({10}, 1.0f)});
  EXPECT_THAT(group.bytes, ElementsAre(44, 88, 44));
}

TEST(GradientAveraging, LeavesOneProcessAlone) {
  const auto alone = single_process_group();
  const torch::Tensor only = parameter({4}, 3.0f);
  average_gradients(*alone, {only});
  EXPECT_TRUE(torch::equal(only.grad(), torch::full({4}, 3.0f)));
}

TEST(GradientAveraging, GivesTheGradientOfTheWholeBatch) {
  if (!has_collective_backend(CollectiveBackend::kGloo)) GTEST_SKIP() << "built without gloo";
  torch::manual_seed(1);
  const torch::Tensor batch = torch::randn({8, 3, 6, 5});
  const torch::nn::Conv2d model(torch::nn::Conv2dOptions(3, 4, 3).padding(1));
  const auto gradients = [](torch::nn::Conv2d conv, const torch::Tensor& part) {
    conv->forward(part).square().mean().backward();
  };
  const auto copy_of = [&model] {
    return torch::nn::Conv2d(std::dynamic_pointer_cast<torch::nn::Conv2dImpl>(model->clone()));
  };
  const auto whole = copy_of();
  gradients(whole, batch);
  std::array<torch::nn::Conv2d, 2> copies = {copy_of(), copy_of()};
  const auto errors = play(2, patient(), [&](ProcessGroup& group) {
    const auto rank = group.rank();
    auto& mine = copies[static_cast<std::size_t>(rank)];
    gradients(mine, batch.slice(0, 4 * rank, 4 * rank + 4));
    average_gradients(group, mine->parameters(), 64);
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(torch::equal(copies[0]->parameters()[i].grad(), copies[1]->parameters()[i].grad()));
    EXPECT_TRUE(torch::allclose(copies[0]->parameters()[i].grad(), whole->parameters()[i].grad(),
                                1e-5, 1e-7));
  }
}

TEST(GradientAveraging, KeepsMissingGradientsInStep) {
  if (!has_collective_backend(CollectiveBackend::kGloo)) GTEST_SKIP() << "built without gloo";
  std::array<std::vector<torch::Tensor>, 2> parameters;
  for (std::size_t rank = 0; rank < 2; ++rank) {
    parameters[rank] = {parameter({3}, 2.0f), parameter({2}, 4.0f), torch::zeros({5})};
    parameters[rank][2].requires_grad_();
  }
  parameters[1][1].mutable_grad() = torch::Tensor();
  const auto errors = play(2, patient(), [&parameters](ProcessGroup& group) {
    average_gradients(group, parameters[static_cast<std::size_t>(group.rank())]);
  });
  EXPECT_THAT(errors, Each(IsEmpty()));
  for (const auto& mine : parameters) {
    EXPECT_TRUE(torch::equal(mine[0].grad(), torch::full({3}, 2.0f)));
    EXPECT_TRUE(torch::equal(mine[1].grad(), torch::full({2}, 2.0f)));
    EXPECT_FALSE(mine[2].grad().defined());
  }
}

TEST(BroadcastState, ReachesParametersAndBuffers) {
  RecordingGroup group;
  torch::nn::BatchNorm2d model(4);
  broadcast_state(group, *model);
  for (const auto& tensor : model->parameters()) EXPECT_EQ(tensor.abs().sum().item<float>(), 0.0f);
  EXPECT_EQ(model->running_var.abs().sum().item<float>(), 0.0f);
}

}  // namespace
}  // namespace vcisr::trainers
