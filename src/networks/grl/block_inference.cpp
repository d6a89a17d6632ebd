// SPDX-License-Identifier: Apache-2.0
// Two passes over the token map. The first goes window by window (then stripe by stripe), because
// attention needs whole ones, and leaves both halves of the attention's output; the second goes
// token by token through projection, norms and MLP.
#include "networks/grl/block_inference.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "vcisr/ops/residual_norm.h"

namespace vcisr::networks::grl {
namespace {

/// Tokens that go through the layers together: with 128 channels a linear's input and output fill
/// most of a core's second-level cache.
constexpr std::int64_t kPieceTokens = 640;

/// Windows of one cut of the token map, in pieces of consecutive ones.
class WindowOrder {
 public:
  WindowOrder(const TokenExtent& map, const Tiling& tiling, std::int64_t batch)
      : WindowOrder(map, tiling, batch,
                    std::max<std::int64_t>(
                        1, kPieceTokens / (tiling.window.rows * tiling.window.columns))) {}

  WindowOrder(const TokenExtent& map, const Tiling& tiling, std::int64_t batch,
              std::int64_t windows_per_piece)
      : map_(map),
        tiling_(tiling),
        across_(map.columns / tiling.window.columns),
        per_picture_(map.rows / tiling.window.rows * across_),
        windows_(batch * per_picture_),
        per_piece_(windows_per_piece) {}

  [[nodiscard]] std::int64_t tokens() const { return tiling_.window.rows * tiling_.window.columns; }
  [[nodiscard]] std::int64_t per_piece() const { return per_piece_; }
  [[nodiscard]] std::int64_t pieces() const { return (windows_ + per_piece_ - 1) / per_piece_; }
  [[nodiscard]] std::int64_t first(std::int64_t piece) const { return piece * per_piece_; }
  [[nodiscard]] std::int64_t count(std::int64_t piece) const {
    return std::min(per_piece_, windows_ - first(piece));
  }

  /// Calls use(token in the map, token in the piece, how many) for each run of consecutive tokens.
  template <class Use>
  void for_each_run(std::int64_t piece, const Use& use) const {
    const auto& [rows, columns] = tiling_.window;
    std::int64_t inside = 0;
    for (std::int64_t w = first(piece); w < first(piece) + count(piece); ++w) {
      const std::int64_t picture = w / per_picture_ * map_.rows * map_.columns;
      const std::int64_t top = w % per_picture_ / across_ * rows + tiling_.shift.rows;
      const std::int64_t left = (w % across_ * columns + tiling_.shift.columns) % map_.columns;
      const std::int64_t unwrapped = std::min(columns, map_.columns - left);
      for (std::int64_t r = 0; r < rows; ++r, inside += columns) {
        const std::int64_t line = picture + (top + r) % map_.rows * map_.columns;
        use(line + left, inside, unwrapped);
        if (unwrapped < columns) use(line, inside + unwrapped, columns - unwrapped);
      }
    }
  }

  /// A piece's windows one below the other: the form in which ops::window_attention takes them.
  [[nodiscard]] TokenExtent stacked(std::int64_t piece) const {
    return {count(piece) * tiling_.window.rows, tiling_.window.columns};
  }
  [[nodiscard]] const TokenExtent& window() const { return tiling_.window; }

 private:
  TokenExtent map_;
  Tiling tiling_;
  std::int64_t across_, per_picture_, windows_, per_piece_;
};

/// [tokens, C] of a piece, in window order.
torch::Tensor gather(const torch::Tensor& x, const WindowOrder& order, std::int64_t piece) {
  const std::int64_t channels = x.size(3);
  const auto token_bytes = static_cast<std::size_t>(channels) * x.element_size();
  auto tokens = torch::empty({order.count(piece) * order.tokens(), channels}, x.options());
  const auto* from = static_cast<const char*>(x.const_data_ptr());
  auto* to = static_cast<char*>(tokens.mutable_data_ptr());
  order.for_each_run(piece, [&](std::int64_t source, std::int64_t target, std::int64_t count) {
    std::memcpy(to + static_cast<std::size_t>(target) * token_bytes,
                from + static_cast<std::size_t>(source) * token_bytes,
                static_cast<std::size_t>(count) * token_bytes);
  });
  return tokens;
}

/// Back into channels [first, first + half) of the map.
void scatter(const torch::Tensor& tokens, const WindowOrder& order, std::int64_t piece,
             std::int64_t first, torch::Tensor& map) {
  const auto size = map.element_size();
  const auto token_bytes = static_cast<std::size_t>(tokens.size(1)) * size;
  const auto map_bytes = static_cast<std::size_t>(map.size(3)) * size;
  const auto* from = static_cast<const char*>(tokens.const_data_ptr());
  auto* to = static_cast<char*>(map.mutable_data_ptr()) + static_cast<std::size_t>(first) * size;
  order.for_each_run(piece, [&](std::int64_t target, std::int64_t source, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::memcpy(to + static_cast<std::size_t>(target + i) * map_bytes,
                  from + static_cast<std::size_t>(source + i) * token_bytes, token_bytes);
    }
  });
}

torch::Tensor regions_if_shifted(const TokenExtent& map, const Tiling& tiling) {
  return tiling.is_shifted() ? regions(map, tiling, torch::kCPU) : torch::Tensor();
}

/// Labels of a piece's tokens, stacked as they are; undefined where nothing is masked.
torch::Tensor stacked_regions(const torch::Tensor& labels, const WindowOrder& order,
                              std::int64_t piece) {
  if (!labels.defined()) return {};
  const auto extent = order.stacked(piece);
  auto stacked = torch::empty({extent.rows, extent.columns}, torch::kUInt8);
  const auto* from = labels.const_data_ptr<std::uint8_t>();
  auto* to = stacked.mutable_data_ptr<std::uint8_t>();
  // Pictures of a batch share their labels.
  const std::int64_t tokens = labels.numel();
  order.for_each_run(piece, [&](std::int64_t source, std::int64_t target, std::int64_t count) {
    std::memcpy(to + target, from + source % tokens, static_cast<std::size_t>(count));
  });
  return stacked;
}

struct StackedMap {
  torch::Tensor values;  // [1, rows, columns, N, D]
  TokenExtent window;
  torch::Tensor regions;  // [rows, columns], or undefined.
};

torch::Tensor attend(const StackedMap& query, const StackedMap& key, const torch::Tensor& value,
                     const LogitTerms& terms) {
  auto out = torch::empty(query.values.sizes(), query.values.options());
  ops::WindowAttentionOptions options{.query_window = query.window, .key_window = key.window};
  if (query.regions.defined()) {
    options.query_regions = query.regions;
    options.key_regions = key.regions;
  }
  ops::window_attention_out(query.values, key.values, value, terms.scale, terms.bias, options, out);
  return out;
}

/// One half of the linear that gives queries, keys and values.
struct HalfLinear {
  torch::Tensor weight, bias;
  PackedWeight& packed;
};

HalfLinear half_of(const torch::nn::Linear& qkv, std::int64_t index, PackedWeight& packed) {
  const std::int64_t rows = qkv->weight.size(0) / 2;
  return {qkv->weight.narrow(0, index * rows, rows), qkv->bias.narrow(0, index * rows, rows),
          packed};
}

/// Queries, keys and values of a piece: [3][1, rows, columns, N, D] as views of one tensor.
std::array<torch::Tensor, 3> project(const torch::Tensor& tokens, const HalfLinear& linear,
                                     const TokenExtent& extent, std::int64_t heads) {
  const auto all = linear.packed
                       .linear(tokens, linear.weight, linear.bias)  // [tokens, 3 C / 2]
                       .view({1, extent.rows, extent.columns, 3, heads, -1});
  return {all.select(3, 0), all.select(3, 1), all.select(3, 2)};
}

/// The first pass' loops over windows and over stripes.
class AttentionPass {
 public:
  AttentionPass(Block& block, TokenStream& stream)
      : attention_(block.attention()),
        packed_(block.packed()),
        x_(stream.narrow),
        halves_(stream.halves),
        map_{x_.size(1), x_.size(2)},
        anchor_map_{map_.rows / attention_.anchor_factor(),
                    map_.columns / attention_.anchor_factor()},
        stripes_(attention_.stripes(map_)),
        terms_(attention_.logit_terms(map_)) {}

  void run() {
    run_windows();
    run_stripes();
  }

 private:
  template <class Piece>
  static void for_pieces(const WindowOrder& order, const Piece& run_piece) {
    at::parallel_for(0, order.pieces(), 1, [&](std::int64_t begin, std::int64_t end) {
      const c10::InferenceMode inference_mode;  // A thread of the pool has its own.
      for (std::int64_t piece = begin; piece < end; ++piece) run_piece(piece);
    });
  }

  void run_windows() {
    const auto tiling = attention_.windows();
    const WindowOrder order(map_, tiling, x_.size(0));
    const auto labels = regions_if_shifted(map_, tiling);
    const auto linear = half_of(attention_.qkv(), 0, packed_.window_qkv);
    for_pieces(order, [&](std::int64_t piece) {
      const auto tokens = gather(x_, order, piece);
      const auto [query, key, value] =
          project(tokens, linear, order.stacked(piece), attention_.window_heads());
      const auto masks = stacked_regions(labels, order, piece);
      const auto out = attend({query, order.window(), masks}, {key, order.window(), masks}, value,
                              terms_.window);
      scatter(out.view({tokens.size(0), -1}), order, piece, 0, halves_);
    });
  }

  void run_stripes() {
    const std::int64_t factor = attention_.anchor_factor();
    const WindowOrder order(map_, stripes_, x_.size(0));
    const auto anchor_tiling = stripes_.at_anchors(factor);
    const auto labels = regions_if_shifted(map_, stripes_);
    const auto anchor_labels = regions_if_shifted(anchor_map_, anchor_tiling);
    // As many anchors' windows per piece as stripes.
    const WindowOrder anchor_order(anchor_map_, anchor_tiling, x_.size(0), order.per_piece());
    const auto linear = half_of(attention_.qkv(), 1, packed_.stripe_qkv);
    for_pieces(order, [&](std::int64_t piece) {
      const auto tokens = gather(x_, order, piece);
      const auto extent = order.stacked(piece);
      const auto [query, key, value] = project(tokens, linear, extent, attention_.stripe_heads());
      const auto pooled = pool_anchors(tokens.view({1, extent.rows, extent.columns, -1}), factor);
      const auto anchors =
          packed_.anchor
              .linear(pooled.reshape({-1, pooled.size(3)}), attention_.anchor()->weight,
                      attention_.anchor()->bias)
              .view({1, pooled.size(1), pooled.size(2), attention_.stripe_heads(), -1});
      const StackedMap at_tokens{{}, order.window(), stacked_regions(labels, order, piece)};
      const StackedMap at_anchors{anchors, anchor_tiling.window,
                                  stacked_regions(anchor_labels, anchor_order, piece)};
      const auto with = [](StackedMap map, const torch::Tensor& values) {
        map.values = values;
        return map;
      };
      const auto summary =
          attend(at_anchors, with(at_tokens, key), value, terms_.anchors_to_tokens);
      const auto out =
          attend(with(at_tokens, query), at_anchors, summary, terms_.tokens_to_anchors);
      scatter(out.view({tokens.size(0), -1}), order, piece, x_.size(3) / 2, halves_);
    });
  }

  MixedAttention& attention_;
  PackedBlock& packed_;
  const torch::Tensor& x_;
  torch::Tensor& halves_;
  TokenExtent map_, anchor_map_;
  Tiling stripes_;
  BlockLogitTerms terms_;
};

/// x += s LN(branch) for the tokens of a piece; `narrow` gets a copy in the weights' type.
void add_normalised(const torch::Tensor& branch, const torch::nn::LayerNorm& norm, double scale,
                    torch::Tensor& x, const torch::Tensor& narrow) {
  ops::add_layer_norm(x, branch, norm->weight, norm->bias, norm->options.eps(), scale, narrow);
}

void token_pass(Block& block, TokenStream& stream, const torch::Tensor& local) {
  const std::int64_t channels = stream.x.size(3);
  const auto all = stream.x.view({-1, channels});
  const auto all_narrow = stream.narrow.view({-1, channels});
  const auto all_halves = stream.halves.view({-1, channels});
  const bool is_narrow = !stream.narrow.is_alias_of(stream.x);
  const auto& proj = block.attention().proj();
  auto& packed = block.packed();
  const std::int64_t tokens = all.size(0);
  const std::int64_t pieces = (tokens + kPieceTokens - 1) / kPieceTokens;
  at::parallel_for(0, pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    const c10::InferenceMode inference_mode;
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t first = piece * kPieceTokens;
      const std::int64_t count = std::min(kPieceTokens, tokens - first);
      auto rows = all.narrow(0, first, count);
      const auto narrow = all_narrow.narrow(0, first, count);
      const auto copy = is_narrow ? narrow : torch::Tensor();
      add_normalised(
          packed.proj.linear(all_halves.narrow(0, first, count), proj->weight, proj->bias),
          block.norm1(), block.residual_scale(), rows, copy);
      if (local.defined()) {
        rows.add_(local.narrow(0, first, count));
        if (is_narrow) narrow.copy_(rows);
      }
      const auto hidden = packed.fc1.linear(narrow, block.fc1()->weight, block.fc1()->bias,
                                            PackedWeight::Activation::kGelu);
      add_normalised(packed.fc2.linear(hidden, block.fc2()->weight, block.fc2()->bias),
                     block.norm2(), block.residual_scale(), rows, copy);
    }
  });
}

}  // namespace

bool runs_in_pieces(const Block& block, const torch::Tensor& x) {
  const auto& attention = block.attention();
  const auto shift = attention.stripes({x.size(1), x.size(2)}).shift;
  const std::int64_t factor = attention.anchor_factor();
  if (shift.rows % factor != 0 || shift.columns % factor != 0) return false;
  const auto type = block.fc1()->weight.scalar_type();
  return x.is_cpu() && !block.is_training() && x.scalar_type() == torch::kFloat32 &&
         (type == torch::kFloat32 || type == torch::kBFloat16);
}

TokenStream::TokenStream(const torch::Tensor& start, torch::Dtype type)
    : x(start.clone(at::MemoryFormat::Contiguous)),
      narrow(type == x.scalar_type() ? x : x.to(type)),
      halves(torch::empty(x.sizes(), x.options().dtype(type))) {}

void forward_in_pieces(Block& block, TokenStream& stream) {
  torch::Tensor local;  // [tokens, C]
  if (block.local() != nullptr) {
    local = block.local()
                ->forward(stream.narrow.permute({0, 3, 1, 2}))
                .permute({0, 2, 3, 1})
                .reshape({-1, stream.x.size(3)});
  }
  AttentionPass(block, stream).run();
  token_pass(block, stream, local);
}

}  // namespace vcisr::networks::grl
