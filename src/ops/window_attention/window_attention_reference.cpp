// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/window_attention/window_attention_ops.h"

namespace vcisr::ops::detail {
namespace {

std::vector<double> unit_vector(const torch::TensorAccessor<double, 5>& x, std::int64_t b,
                                const TokenPosition& at, std::int64_t head) {
  const auto channels = x[b][at.row][at.column][head];
  std::vector<double> v;
  double squares = 0;
  for (std::int64_t d = 0; d < channels.size(0); ++d) {
    v.push_back(channels[d]);
    squares += channels[d] * channels[d];
  }
  for (double& c : v) c /= std::max(std::sqrt(squares), kLeastNorm);
  return v;
}

}  // namespace

torch::Tensor window_attention_reference(const WindowAttentionArguments& a) {
  check_window_attention(a);
  const auto [query_map, key_map] = windowed_maps(a.query, a.key, a.geometry);
  const auto wide = [](const torch::Tensor& x) { return x.detach().cpu().to(torch::kFloat64); };
  const auto query = wide(a.query), key = wide(a.key), value = wide(a.value);
  const auto scale = wide(a.logit_scale), bias = wide(a.bias).contiguous();
  const auto q = query.accessor<double, 5>();
  const auto k = key.accessor<double, 5>();
  const auto v = value.accessor<double, 5>();
  auto out = torch::zeros(query.sizes(), torch::kFloat64);
  auto o = out.accessor<double, 5>();
  const std::int64_t keys = tokens_per_window(key_map);
  const std::int64_t windows = windows_down(query_map) * windows_across(query_map);
  for (std::int64_t b = 0; b < query.size(0); ++b) {
    for (std::int64_t head = 0; head < query.size(3); ++head) {
      const double* table = bias[head].const_data_ptr<double>();
      for (std::int64_t window = 0; window < windows; ++window) {
        for (std::int64_t i = 0; i < tokens_per_window(query_map); ++i) {
          const auto own = token_position(query_map, window, i);
          const auto unit = unit_vector(q, b, own, head);
          std::vector<double> weight;
          for (std::int64_t j = 0; j < keys; ++j) {
            const auto other = token_position(key_map, window, j);
            const auto unit_key = unit_vector(k, b, other, head);
            double cosine = 0;
            for (std::size_t d = 0; d < unit.size(); ++d) cosine += unit[d] * unit_key[d];
            double logit =
                scale[head].item<double>() * cosine + table[bias_index(query_map, key_map, i, j)];
            if (a.query_regions && (*a.query_regions)[own.row][own.column].item<int>() !=
                                       (*a.key_regions)[other.row][other.column].item<int>()) {
              logit += static_cast<double>(kMaskedLogit);
            }
            weight.push_back(logit);
          }
          const double most = *std::max_element(weight.begin(), weight.end());
          double sum = 0;
          for (double& w : weight) sum += w = std::exp(w - most);
          for (std::int64_t j = 0; j < keys; ++j) {
            const auto other = token_position(key_map, window, j);
            for (std::int64_t d = 0; d < query.size(4); ++d) {
              o[b][own.row][own.column][head][d] += weight[static_cast<std::size_t>(j)] / sum *
                                                    v[b][other.row][other.column][head][d];
            }
          }
        }
      }
    }
  }
  return out;
}

}  // namespace vcisr::ops::detail
