// SPDX-License-Identifier: Apache-2.0
#include "grl_eager.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

namespace vcisr::bench {
namespace {

using torch::Tensor;

/// Tokens [B, L, C] as an image [B, C, H, W] and back; both are views of channels-last memory.
Tensor to_image(const Tensor& tokens, GrlGrid map) {
  return tokens.view({tokens.size(0), map.rows, map.columns, -1}).permute({0, 3, 1, 2});
}

Tensor to_tokens(const Tensor& image) { return image.flatten(2).transpose(1, 2); }

/// [B, H, W, C] to [B * windows, tokens, C].
Tensor partition(const Tensor& x, GrlGrid window) {
  const std::int64_t channels = x.size(3);
  return x
      .view({x.size(0), x.size(1) / window.rows, window.rows, x.size(2) / window.columns,
             window.columns, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .contiguous()
      .view({-1, window.rows * window.columns, channels});
}

/// [B * windows, tokens, C] to [B, H, W, C].
Tensor merge(const Tensor& windows, GrlGrid window, GrlGrid map) {
  const std::int64_t channels = windows.size(2);
  return windows
      .view({-1, map.rows / window.rows, map.columns / window.columns, window.rows, window.columns,
             channels})
      .permute({0, 1, 3, 2, 4, 5})
      .contiguous()
      .view({-1, map.rows, map.columns, channels});
}

bool is_none(GrlGrid shift) { return shift.rows == 0 && shift.columns == 0; }

Tensor rolled(const Tensor& x, GrlGrid shift) {
  return is_none(shift) ? x : x.roll({-shift.rows, -shift.columns}, {1, 2});
}

Tensor rolled_back(const Tensor& x, GrlGrid shift) {
  return is_none(shift) ? x : x.roll({shift.rows, shift.columns}, {1, 2});
}

GrlGrid divided(GrlGrid grid, std::int64_t factor) {
  return {grid.rows / factor, grid.columns / factor};
}

/// [windows, tokens, parts * heads * d] to `parts` tensors of [windows, heads, tokens, d].
std::vector<Tensor> split_heads(const Tensor& x, std::int64_t parts, std::int64_t heads) {
  return x.reshape({x.size(0), x.size(1), parts, heads, -1}).permute({2, 0, 3, 1, 4}).unbind(0);
}

/// [windows, heads, tokens, d] to [windows, tokens, heads * d].
Tensor join_heads(const Tensor& x) { return x.transpose(1, 2).flatten(2); }

/// Of Euclidean length 1 along the last dimension.
Tensor normalised(const Tensor& x) {
  return x / at::linalg_vector_norm(x, 2, {-1}, true).clamp_min(1e-12);
}

/// The offsets that tokens of an axis of `size` and its `anchors` can have, as the network sees
/// them.
Tensor axis_coordinates(std::int64_t size, std::int64_t anchors) {
  const std::int64_t last = size - 1 - (size - anchors) / 2;
  const std::int64_t first = -(anchors - 1) - (size - anchors) / 2;
  const auto x = at::arange(first, last + 1, torch::kFloat32) * 8 / last;
  return x.sign() * (x.abs() + 1).log2() / 3;
}

/// For the positions i of `query` and j of `key` on an axis, i - j + key - 1: [query, key].
Tensor axis_index(std::int64_t query, std::int64_t key) {
  return at::arange(query).unsqueeze(1) - at::arange(key).unsqueeze(0) + (key - 1);
}

/// Which of the regions that a roll brings together each of `size` positions is in.
Tensor axis_regions(std::int64_t size, std::int64_t window, std::int64_t shift) {
  const auto x = at::arange(size);
  return (x >= size - window).to(torch::kInt64) + (x >= size - shift).to(torch::kInt64);
}

}  // namespace

GrlEager::GrlEager(GrlGeometry geometry, const GrlWeights& weights, torch::Dtype dtype)
    : geometry_(std::move(geometry)),
      dtype_(dtype),
      stream_(dtype == torch::kBFloat16 || dtype == torch::kHalf ? torch::kFloat32 : dtype) {
  for (const auto& [key, value] : weights) {
    const bool is_exact = key.find("norm") != std::string::npos || key.ends_with("logit_scale");
    auto cast = value.detach().to(is_exact ? stream_ : dtype_);
    if (cast.dim() == 4) cast = cast.contiguous(at::MemoryFormat::ChannelsLast);
    weights_.emplace(key, cast);
  }
  const auto options = torch::dtype(stream_).device(weight("conv_first.weight").device());
  mean_ = torch::tensor({0.4488, 0.4371, 0.4040}, torch::kFloat32).view({1, 3, 1, 1}).to(options);
}

const Tensor& GrlEager::weight(const std::string& key) const {
  const auto found = weights_.find(key);
  TORCH_CHECK(found != weights_.end(), "the weights lack '", key, "'");
  return found->second;
}

Tensor GrlEager::linear(const std::string& key, const Tensor& x) const {
  return at::linear(x.to(dtype_), weight(key + ".weight"), weight(key + ".bias"));
}

Tensor GrlEager::convolution(const std::string& key, const Tensor& x) const {
  return at::conv2d(x.to(dtype_), weight(key + ".weight"), weight(key + ".bias"), 1, 1);
}

Tensor GrlEager::norm(const std::string& key, const Tensor& x) const {
  return at::layer_norm(x.to(stream_), {x.size(-1)}, weight(key + ".weight"),
                        weight(key + ".bias"));
}

Tensor GrlEager::forward(const Tensor& lq) {
  const auto& stripe = geometry_.stripe;
  const std::int64_t multiple = std::max({geometry_.window, stripe.rows, stripe.columns});
  const std::int64_t h = lq.size(2);
  const std::int64_t w = lq.size(3);
  const std::int64_t down = (multiple - h % multiple) % multiple;
  const std::int64_t right = (multiple - w % multiple) % multiple;
  auto z = lq.to(stream_);
  if (down > 0 || right > 0) {
    z = down < h && right < w ? at::reflection_pad2d(z, {0, right, 0, down})
                              : at::constant_pad_nd(z, {0, right, 0, down});
  }
  const GrlGrid map{h + down, w + right};
  const auto first = convolution("conv_first", z - mean_);
  auto tokens = norm("norm_start", to_tokens(first));
  for (std::size_t i = 0; i < geometry_.depths.size(); ++i) {
    const std::string stage = "layers." + std::to_string(i);
    auto x = tokens;
    for (std::int64_t j = 0; j < geometry_.depths[i]; ++j) {
      x = block(stage + ".blocks." + std::to_string(j), j, x, map);
    }
    tokens = tokens + to_tokens(convolution(stage + ".conv", to_image(x, map)));
  }
  tokens = norm("norm_end", tokens);
  const auto restored = tail(convolution("conv_after_body", to_image(tokens, map)) + first) + mean_;
  const std::int64_t s = geometry_.scale;
  return restored.slice(2, 0, s * h).slice(3, 0, s * w);
}

Tensor GrlEager::tail(Tensor x) const {
  x = at::leaky_relu(convolution("conv_before_upsample.0", x));
  for (std::int64_t s = 1, i = 0; s < geometry_.scale; s *= 2, i += 2) {
    x = at::pixel_shuffle(convolution("upsample.up." + std::to_string(i), x), 2);
  }
  return convolution("conv_last", x);
}

Tensor GrlEager::block(const std::string& key, std::int64_t index, const Tensor& x, GrlGrid map) {
  const auto attended = mixed_attention(key + ".attn", index, x, map);
  const auto y = x + norm(key + ".norm1", attended);
  const auto hidden = at::gelu(linear(key + ".mlp.fc1", y));
  return y + norm(key + ".norm2", linear(key + ".mlp.fc2", hidden));
}

Tensor GrlEager::mixed_attention(const std::string& key, std::int64_t index, const Tensor& x,
                                 GrlGrid map) {
  const std::int64_t factor = geometry_.anchor_factor;
  const GrlGrid anchors = divided(map, factor);
  const auto in_rows = [&](const Tensor& tokens, GrlGrid grid) {
    return tokens.view({x.size(0), grid.rows, grid.columns, -1});
  };
  const auto qkv = linear(key + ".qkv.body", x).chunk(2, -1);
  const auto pooled = to_tokens(at::avg_pool2d(to_image(x, map), factor, factor));
  const auto anchor = linear(key + ".anchor.body.0.reduction", pooled);
  const auto windows =
      window_attention(key + ".window_attn", index % 2 == 0, in_rows(qkv[0], map), map);
  const auto stripes = stripe_attention(key + ".stripe_attn", index, in_rows(qkv[1], map),
                                        in_rows(anchor, anchors), map);
  return linear(key + ".proj", at::cat({windows.flatten(1, 2), stripes.flatten(1, 2)}, -1));
}

Tensor GrlEager::window_attention(const std::string& key, bool is_shifted, const Tensor& qkv,
                                  GrlGrid map) {
  const std::int64_t size = geometry_.window;
  const std::int64_t shift = is_shifted ? size / 2 : 0;
  const Windows side{map, {size, size}, {shift, shift}};
  const auto parts =
      split_heads(partition(rolled(qkv, side.shift), side.window), 3, geometry_.num_heads);
  const auto attention = attention_map(key + ".attn_transform", parts[0], parts[1], side, side);
  const auto x = join_heads(at::matmul(attention.to(dtype_), parts[2]));
  return rolled_back(merge(x, side.window, map), side.shift);
}

Tensor GrlEager::stripe_attention(const std::string& key, std::int64_t index, const Tensor& qkv,
                                  const Tensor& anchor, GrlGrid map) {
  GrlGrid stripe = geometry_.stripe;
  if (index % 2 == 1) std::swap(stripe.rows, stripe.columns);
  const bool is_shifted = geometry_.is_stripe_shifted && index % 4 >= 2;
  const Windows side{map, stripe, is_shifted ? divided(stripe, 2) : GrlGrid{0, 0}};
  const std::int64_t factor = geometry_.anchor_factor;
  const Windows coarse{divided(map, factor), divided(stripe, factor), divided(side.shift, factor)};
  const std::int64_t heads = geometry_.num_heads;
  const auto parts = split_heads(partition(rolled(qkv, side.shift), side.window), 3, heads);
  const auto anchors =
      split_heads(partition(rolled(anchor, coarse.shift), coarse.window), 1, heads)[0];
  const auto gather = attention_map(key + ".attn_transform1", anchors, parts[1], coarse, side);
  const auto gathered = at::matmul(gather.to(dtype_), parts[2]);
  const auto spread = attention_map(key + ".attn_transform2", parts[0], anchors, side, coarse);
  const auto x = join_heads(at::matmul(spread.to(dtype_), gathered));
  return rolled_back(merge(x, side.window, map), side.shift);
}

Tensor GrlEager::attention_map(const std::string& key, const Tensor& q, const Tensor& k,
                               const Windows& query, const Windows& key_side) {
  const auto cosine =
      at::matmul(normalised(q.to(stream_)).to(dtype_), normalised(k.to(stream_)).to(dtype_).mT());
  const auto scale = weight(key + ".logit_scale").clamp_max(std::log(100.0)).exp();
  auto logits = cosine * scale + position_bias(key, query.window, key_side.window);
  if (!is_none(query.shift)) {
    const auto& apart = mask(query, key_side);  // [windows, query tokens, key tokens]
    logits = (logits.unflatten(0, {-1, apart.size(0)}) + apart.unsqueeze(1)).flatten(0, 1);
  }
  return at::softmax(logits, -1);
}

Tensor GrlEager::position_bias(const std::string& key, GrlGrid query, GrlGrid key_side) {
  const auto& position = relative_position(query, key_side);
  const auto hidden = at::relu(linear(key + ".cpb_mlp.0", position.table));
  const auto values = at::linear(hidden, weight(key + ".cpb_mlp.2.weight"));  // [positions, heads]
  const auto bias = values.index_select(0, position.index)
                        .view({query.rows * query.columns, -1, values.size(1)})
                        .permute({2, 0, 1})
                        .contiguous();
  return 16 * at::sigmoid(bias);  // [heads, query tokens, key tokens]
}

const GrlEager::RelativePosition& GrlEager::relative_position(GrlGrid query, GrlGrid key) {
  auto& found = relative_positions_[{query.rows, query.columns, key.rows, key.columns}];
  if (!found.table.defined()) {
    const auto device = mean_.device();
    const auto rows = axis_coordinates(std::max(query.rows, key.rows),  //
                                       std::min(query.rows, key.rows));
    const auto columns = axis_coordinates(std::max(query.columns, key.columns),
                                          std::min(query.columns, key.columns));
    found.table = at::stack(at::meshgrid({rows, columns}, "ij"), -1).view({-1, 2}).to(device);
    const auto row = axis_index(query.rows, key.rows).view({query.rows, 1, key.rows, 1});
    const auto column =
        axis_index(query.columns, key.columns).view({1, query.columns, 1, key.columns});
    found.index = (row * columns.size(0) + column).flatten().to(device);
  }
  return found;
}

const Tensor& GrlEager::mask(const Windows& query, const Windows& key) {
  auto& found = masks_[{query.map.rows, query.map.columns, query.window.rows, query.window.columns,
                        key.window.rows, key.window.columns}];
  if (!found.defined()) {
    const auto regions = [](const Windows& side) {
      const auto rows = axis_regions(side.map.rows, side.window.rows, side.shift.rows);
      const auto columns = axis_regions(side.map.columns, side.window.columns, side.shift.columns);
      const auto label = rows.unsqueeze(1) * 3 + columns;                           // [H, W]
      return partition(label.unsqueeze(0).unsqueeze(-1), side.window).squeeze(-1);  // [nW, tokens]
    };
    const auto apart = regions(query).unsqueeze(2) != regions(key).unsqueeze(1);
    found = (apart.to(stream_) * -100).to(mean_.device());
  }
  return found;
}

}  // namespace vcisr::bench
