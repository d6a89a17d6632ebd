// SPDX-License-Identifier: Apache-2.0
// What the attention says of its arguments, before and instead of computing.
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ops/window_attention_cases.h"
#include "support/subprocess.h"
#include "vcisr/ops/window_attention.h"

namespace vcisr::ops {
namespace {

using tests::attended;
using tests::attention_inputs;
using tests::AttentionInputs;

AttentionInputs on_meta(const AttentionInputs& x) {
  const auto meta = [](const torch::Tensor& t) { return t.to(torch::kMeta); };
  AttentionInputs y{meta(x.query),       meta(x.key),  meta(x.value),
                    meta(x.logit_scale), meta(x.bias), x.options};
  for (auto* labels : {&y.options.query_regions, &y.options.key_regions}) {
    if (*labels) *labels = meta(**labels);
  }
  return y;
}

TEST(WindowAttentionArguments, GiveTheShapeOnMetaTensors) {
  const auto x = on_meta(
      attention_inputs({{2, 2}, {8, 8}, {4, 4}, {4, 4}, {2, 2}, 1, 2, 32, true}, torch::kBFloat16));
  const auto out = attended(x);
  EXPECT_TRUE(out.is_meta());
  EXPECT_EQ(out.sizes(), x.query.sizes());
  EXPECT_EQ(out.scalar_type(), torch::kBFloat16);
  auto target = torch::empty_like(x.query);
  window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, target);
  const auto key = x.key.detach().requires_grad_();
  const auto bias = x.bias.detach().requires_grad_();
  const auto y = window_attention(x.query, key, x.value, x.logit_scale, bias, x.options);
  const auto grads = torch::autograd::grad({y}, {key, bias}, {torch::empty_like(y)});
  EXPECT_EQ(grads[0].sizes(), key.sizes());
  EXPECT_EQ(grads[1].sizes(), bias.sizes());
  EXPECT_EQ(grads[1].scalar_type(), torch::kFloat32);
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "no error";
}

void expect_message(const std::function<void()>& call, const std::vector<std::string>& parts) {
  const auto message = message_of(call);
  for (const auto& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
  }
}

struct Refusal {
  std::function<void(AttentionInputs&)> spoil;
  std::vector<std::string> parts;  ///< Of the message.
};

const std::vector<Refusal> kRefusals = {
    {[](auto& x) { x.query = x.query[0]; }, {"query and key", "[8, 12, 2, 5]"}},
    {[](auto& x) { x.key = x.key[0]; }, {"query and key", "[4, 6, 2, 5]"}},
    {[](auto& x) { x.value = x.value.narrow(4, 0, 4); },
     {"value has sizes [1, 4, 6, 2, 4]", "key has [1, 4, 6, 2, 5]"}},
    {[](auto& x) {
       x.query = x.query.repeat({2, 1, 1, 1, 1});
     },
     {"query's sizes [2, 8, 12, 2, 5] do not fit key's [1, 4, 6, 2, 5]"}},
    {[](auto& x) { x.query = x.query.narrow(3, 0, 1); }, {"[1, 8, 12, 1, 5] do not fit"}},
    {[](auto& x) { x.query = x.query.narrow(4, 0, 1); }, {"[1, 8, 12, 2, 1] do not fit"}},
    {[](auto& x) {
       for (auto* map : {&x.query, &x.key, &x.value}) *map = map->narrow(4, 0, 0);
     },
     {"[1, 8, 12, 2, 0]"}},
    {[](auto& x) {
       for (auto* map : {&x.query, &x.key, &x.value}) *map = map->narrow(3, 0, 0);
     },
     {"[1, 8, 12, 0, 5]"}},
    {[](auto& x) {
       x.options.query_window = {3, 4};
     },
     {"windows of 3 x 4 tokens do not divide the query map of 8 x 12"}},
    {[](auto& x) {
       x.options.query_window = {0, 4};
     },
     {"windows of 0 x 4", "query map"}},
    {[](auto& x) {
       x.options.key_window = {2, -2};
     },
     {"windows of 2 x -2", "key map of 4 x 6"}},
    {[](auto& x) { x.query = x.query.narrow(1, 0, 0); }, {"query map of 0 x 12"}},
    {[](auto& x) {
       x.options.query_shift = {8, 0};
     },
     {"the query shift 8 x 0 is not within its map of 8 x 12"}},
    {[](auto& x) {
       x.options.key_shift = {0, -1};
     },
     {"the key shift 0 x -1"}},
    {[](auto& x) {
       x.options.query_window = {8, 4};
     },
     {"the query map has 1 x 3 windows, but the key map has 2 x 3"}},
    {[](auto& x) { x.logit_scale = x.logit_scale.narrow(0, 0, 1); },
     {"logit_scale must be [2], but is [1]"}},
    {[](auto& x) {
       x.logit_scale = x.logit_scale.view({2, 1, 1});
     },
     {"but is [2, 1, 1]"}},
    {[](auto& x) { x.bias = x.bias.narrow(2, 0, 4); },
     {"bias must be [2, 5, 5], but is [2, 5, 4]"}},
    {[](auto& x) { x.bias = x.bias[0]; }, {"bias must be [2, 5, 5], but is [5, 5]"}},
    {[](auto& x) {
       for (auto* map : {&x.query, &x.key, &x.value}) *map = map->to(torch::kHalf);
     },
     {"Half is not supported on cpu"}},
    {[](auto& x) {
       for (auto* map : {&x.query, &x.key, &x.value}) *map = map->to(torch::kInt64);
     },
     {"Long is not supported"}},
    {[](auto& x) { x.value = x.value.to(torch::kFloat64); },
     {"query, key and value must share dtype and device", "Float on cpu and Double on cpu"}},
    {[](auto& x) { x.logit_scale = x.logit_scale.to(torch::kBFloat16); },
     {"logit_scale and bias must be Float", "one is BFloat16"}},
    {[](auto& x) { x.bias = x.bias.to(torch::kFloat64); }, {"one is Double"}},
    {[](auto& x) { x.options.key_regions.reset(); },
     {"query_regions and key_regions must be given together"}},
    {[](auto& x) { x.options.query_regions.reset(); }, {"must be given together"}},
    {[](auto& x) { x.options.key_regions = torch::Tensor(); },
     {"key_regions is an undefined tensor"}},
    {[](auto& x) { x.options.query_regions = x.options.query_regions->t(); },
     {"query_regions must be uint8 [8, 12] on cpu, but is Byte [12, 8]"}},
    {[](auto& x) { x.options.key_regions = x.options.key_regions->to(torch::kInt32); },
     {"key_regions must be uint8 [4, 6]", "Int"}}};

AttentionInputs fine_inputs() {
  return attention_inputs({{2, 3}, {4, 4}, {2, 2}, {2, 2}, {1, 1}, 1, 2, 5, true}, torch::kFloat32);
}

TEST(WindowAttentionArguments, AreRefusedInWords) {
  torch::manual_seed(41);
  for (const auto& [spoil, parts] : kRefusals) {
    auto x = fine_inputs();
    (void)attended(x);
    spoil(x);
    auto expected = parts;
    expected.emplace_back("window_attention: ");
    expect_message([&] { (void)attended(x); }, expected);
    // The same words before anything is written.
    auto out = torch::full_like(x.query, -7);
    expect_message(
        [&] {
          window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, out);
        },
        expected);
    EXPECT_TRUE((out == -7).all().item<bool>());
  }
}

TEST(WindowAttentionArguments, OutIsRefusedInWords) {
  torch::manual_seed(42);
  const auto x = fine_inputs();
  const auto into = [&](torch::Tensor out) {
    return [&x, out]() mutable {
      window_attention_out(x.query, x.key, x.value, x.logit_scale, x.bias, x.options, out);
    };
  };
  expect_message(into(torch::empty({1, 8, 12, 5, 2})),
                 {"window_attention_out: out must be Float [1, 8, 12, 2, 5]", "[1, 8, 12, 5, 2]"});
  expect_message(into(torch::empty({1, 8, 12, 2, 5}, torch::kBFloat16)), {"BFloat16"});
  expect_message(into(torch::empty({1, 8, 12, 2, 5}, torch::kMeta)), {"out"});
  expect_message(into(torch::empty({1, 8, 12, 5, 2}).transpose(3, 4)),
                 {"out must have stride 1 along its last dimension, not 2"});
  auto out = torch::empty({1, 8, 12, 2, 5});
  const auto bias = x.bias.detach().requires_grad_();
  const auto with_gradient = [&] {
    window_attention_out(x.query, x.key, x.value, x.logit_scale, bias, x.options, out);
  };
  expect_message(with_gradient, {"window_attention_out records no gradient"});
  const torch::NoGradGuard no_grad;
  with_gradient();
  EXPECT_TRUE(torch::equal(out, attended(x)));
}

template <class Signature>
auto typed_op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

TEST(WindowAttentionArguments, AreAsPythonExpectsThem) {
  const std::string python = VCISR_TORCH_PYTHON;
  const std::string library = VCISR_TOOL_DIR "/../lib/libvcisr_ops.so";
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's library cannot be loaded into Python";
#endif
  if (python.empty() || !std::filesystem::exists(library)) {
    GTEST_SKIP() << "no Python with this LibTorch, or a static build";
  }
  const auto result =
      tests::run({python, VCISR_SOURCE_DIR "/tests/ops/opcheck_window_attention.py", library});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

TEST(WindowAttentionArguments, OfTheSchemasAreRefusedInWords) {
  torch::manual_seed(43);
  const torch::NoGradGuard no_grad;
  const auto x = fine_inputs();
  const auto forward = typed_op<detail::ForwardSignature>("vcisr::window_attention");
  const auto backward = typed_op<detail::BackwardSignature>("vcisr::window_attention_backward");
  auto geometry = tests::geometry_numbers(x.options);
  const auto [out, log_sum_exp] =
      forward.call(x.query, x.key, x.value, x.logit_scale, x.bias, geometry,
                   x.options.query_regions, x.options.key_regions);
  const auto back = [&](const torch::Tensor& grad, const torch::Tensor& of, const auto& sums) {
    return [&, grad, of, sums] {
      (void)backward.call(grad, x.query, x.key, x.value, x.logit_scale, x.bias, geometry,
                          x.options.query_regions, x.options.key_regions, of, sums);
    };
  };
  back(out, out, log_sum_exp)();
  expect_message(back(out[0], out, log_sum_exp), {"grad must be Float [1, 8, 12, 2, 5]"});
  expect_message(back(out.to(torch::kFloat64), out, log_sum_exp), {"grad must be", "Double"});
  expect_message(back(out, out[0], log_sum_exp), {"out must be Float [1, 8, 12, 2, 5]"});
  expect_message(back(out, out, log_sum_exp[0]),
                 {"log_sum_exp must be Float [1, 8, 12, 2], but is Float [8, 12, 2]"});
  geometry.pop_back();
  expect_message(back(out, out, log_sum_exp), {"geometry must be 8 numbers, but is 7"});
  expect_message(
      [&] { (void)forward.call(x.query, x.key, x.value, x.logit_scale, x.bias, geometry, {}, {}); },
      {"geometry must be 8 numbers, but is 7"});
}

}  // namespace
}  // namespace vcisr::ops
