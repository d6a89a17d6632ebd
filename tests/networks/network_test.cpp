// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/network.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/hash_rule.h"
#include "vcisr/core/error.h"

namespace vcisr::networks {
namespace {

NetworkPtr small_network() {
  return registry().make(
      Config::parse("{type: srvgg_compact, num_feat: 4, num_conv: 1, scale: 2}"));
}

TEST(Network, CountsItsParameters) {
  // conv 3->4, slopes, conv 4->4, slopes, conv 4->12.
  EXPECT_EQ(count_parameters(*small_network()), 112 + 4 + 148 + 4 + 444);
  EXPECT_EQ(count_parameters(*registry().make(Config::parse("{type: identity}"))), 0);
}

TEST(Network, IsPreparedForInference) {
  const auto network = small_network();
  prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
  EXPECT_FALSE(network->is_training());
  for (const auto& parameter : network->parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
    EXPECT_EQ(parameter.scalar_type(), torch::kBFloat16);
    if (parameter.dim() == 4) {
      EXPECT_TRUE(parameter.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST(Network, StaysInFloat32WhereItMust) {
  for (const auto* yaml : {"{type: identity}", "{type: bicubic}"}) {
    const auto network = registry().make(Config::parse(yaml));
    prepare_for_inference(*network, torch::kCPU, torch::kBFloat16);
    EXPECT_EQ(network->forward(torch::rand({1, 1, 3, 4, 4})).scalar_type(), torch::kFloat32);
  }
}

TEST(Network, SaysThatADeviceIsMissing) {
  const auto network = small_network();
  try {
    prepare_for_inference(*network, torch::Device("cuda:77"), torch::kFloat32);
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("cuda:77"), std::string::npos) << error.what();
  }
}

TEST(Network, WritesIntoATensorOfAnyStrides) {
  const auto network = small_network();
  const auto lq = tests::hash_image("into", {1, 2, 3, 5, 6});
  auto out = torch::zeros({1, 2, 12, 10, 3}).permute({0, 1, 4, 3, 2});
  network->forward_into(lq, out);
  EXPECT_FALSE(out.requires_grad());
  EXPECT_TRUE(torch::equal(out, network->forward(lq)));
}

TEST(Network, NamesTheShapeItRefuses) {
  const auto network = small_network();
  EXPECT_THROW((void)network->forward(torch::rand({3, 4, 4})), c10::Error);
  EXPECT_THROW((void)network->forward(torch::rand({1, 1, 3, 0, 4})), c10::Error);
  EXPECT_THROW((void)network->forward(torch::zeros({1, 1, 3, 4, 4}, torch::kUInt8)), c10::Error);
  try {
    (void)network->forward(torch::rand({1, 1, 4, 5, 6}));
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("[1, 4, 5, 6]"), std::string::npos) << error.what();
  }
}

TEST(NetworkRegistry, KnowsItsMembersAndTheirOtherNames) {
  const auto names = registry().names();
  for (const auto* name : {"bicubic", "identity", "rrdbnet", "srvgg_compact"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
  EXPECT_NE(registry().find("RRDBNet"), nullptr);
  EXPECT_NE(registry().find("SRVGGNetCompact"), nullptr);
  EXPECT_THROW((void)registry().make(Config::parse("{type: rrdbnett}")), ConfigError);
}

}  // namespace
}  // namespace vcisr::networks
