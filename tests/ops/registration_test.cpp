// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vcisr/ops/device.h"
#include "vcisr/ops/resize.h"

namespace vcisr::ops {
namespace {

TEST(Registration, EveryOperatorHasItsKernels) {
  for (const char* name :
       {"vcisr::resize", "vcisr::resize_backward", "vcisr::resize_out", "vcisr::window_attention",
        "vcisr::window_attention_backward", "vcisr::window_attention_out"}) {
    const auto op = c10::Dispatcher::singleton().findSchema({name, ""});
    ASSERT_TRUE(op.has_value()) << name;
    for (const auto key : {c10::DispatchKey::CPU, c10::DispatchKey::Meta}) {
      EXPECT_TRUE(op->hasKernelForDispatchKey(key)) << name << " " << key;
    }
    EXPECT_TRUE(op->hasKernelForDispatchKey(c10::DispatchKey::Autograd)) << name;
    EXPECT_EQ(op->hasKernelForDispatchKey(c10::DispatchKey::CUDA), has_cuda_kernels()) << name;
  }
}

TEST(Registration, MetaTensorsTellTheOutputsShape) {
  const auto x = torch::empty({2, 3, 5, 7}, torch::device(torch::kMeta));
  EXPECT_EQ(resize(x, 10, 21).sizes().vec(), (std::vector<std::int64_t>{2, 3, 10, 21}));
}

}  // namespace
}  // namespace vcisr::ops
