// SPDX-License-Identifier: Apache-2.0
// The code behind WindowAttentionKernels, included by one source per instruction set. Everything
// here has internal linkage, so that no object's code can stand in for another's; forward and
// backward share most of it, hence one file.
#pragma once

#include "ops/window_attention/cpu_kernels.h"
#include "ops/window_attention/small_gemm.h"

namespace vcisr::ops::detail {
namespace {

using std::int64_t;

/// Queries that go through the products together: their logits stay in the first-level cache.
constexpr int64_t kBlock = 24;

/// Tokens as rows of numbers, zero beyond `count` channels up to `row`.
template <class Element, class Real>
void gather(const TokenRows<const Element>& from, int64_t tokens, int64_t count, int64_t row,
            Real* to) {
  for (int64_t t = 0; t < tokens; ++t) {
    const Element* source = from.data + from.offsets[t];
    Real* target = to + t * row;
    int64_t c = 0;
    for (; c + kLanes<Real> <= count; c += kLanes<Real>) {
      store<Real>(target + c, load_wide(source + c));
    }
    for (; c < count; ++c) target[c] = widened(source[c]);
    for (; c < row; ++c) target[c] = 0;
  }
}

template <class Element, class Real>
void scatter(const Real* from, int64_t row, int64_t tokens, int64_t count,
             const TokenRows<Element>& to) {
  for (int64_t t = 0; t < tokens; ++t) {
    Element* target = to.data + to.offsets[t];
    int64_t c = 0;
    for (; c + kLanes<Real> <= count; c += kLanes<Real>) {
      store_narrow(target + c, load<Real>(from + t * row + c));
    }
    for (; c < count; ++c) narrow(from[t * row + c], target[c]);
  }
}

/// Rows divided by their norm and multiplied by `factor`; the norms go to `norms` unless null.
template <class Real>
void normalise(Real* rows, int64_t tokens, int64_t row, Real factor, Real* norms) {
  for (int64_t t = 0; t < tokens; ++t) {
    Vector<Real> squares{};
    for (int64_t c = 0; c < row; c += kLanes<Real>) {
      const auto v = load<Real>(rows + t * row + c);
      squares += v * v;
    }
    const Real norm = static_cast<Real>(__builtin_sqrt(sum_of_lanes<Real>(squares)));
    const Real least = static_cast<Real>(kLeastNorm);
    const Real inverse = factor / (norm > least ? norm : least);
    for (int64_t c = 0; c < row; c += kLanes<Real>) {
      store<Real>(rows + t * row + c, load<Real>(rows + t * row + c) * inverse);
    }
    if (norms != nullptr) norms[t] = norm;
  }
}

/// Where a query's piece of the reversed bias starts for the first key row; each further key row
/// lies one table row earlier.
inline int64_t first_bias_piece(const WindowedMap& query, const WindowedMap& key, int64_t token) {
  return (token / query.window_columns + key.window_rows - 1) * bias_extent(query, key).columns +
         query.window_columns - 1 - token % query.window_columns;
}

/// Logits start from the bias; padding keys from so little that their weight vanishes.
template <class Real>
void expand_rows(const WindowedMap& query, const WindowedMap& key, const Real* bias, int64_t first,
                 int64_t count, Real* rows) {
  const int64_t keys = tokens_per_window(key);
  const int64_t row = padded<Real>(keys);
  for (int64_t i = 0; i < count; ++i) {
    const Real* piece = bias + first_bias_piece(query, key, first + i);
    Real* out = rows + i * row;
    for (int64_t r = 0; r < key.window_rows; ++r) {
      for (int64_t c = 0; c < key.window_columns; ++c) *out++ = piece[c];
      piece -= bias_extent(query, key).columns;
    }
    for (int64_t j = keys; j < row; ++j) *out++ = static_cast<Real>(-1e30);
  }
}

template <class Real>
void mask_rows(const std::uint8_t* query_labels, const std::uint8_t* key_labels, int64_t keys,
               int64_t count, Real* rows) {
  const int64_t row = padded<Real>(keys);
  for (int64_t i = 0; i < count; ++i) {
    const int own = query_labels[i];
    Real* logits = rows + i * row;
    for (int64_t j = 0; j < keys; ++j) {
      logits[j] += key_labels[j] == own ? Real{0} : static_cast<Real>(kMaskedLogit);
    }
  }
}

/// The sum of a row's exponentials: `sum` times e to the power of `largest`.
template <class Real>
struct ExponentialSum {
  Real largest, sum;
};

/// A row of logits to weights that sum to 1.
template <class Real>
ExponentialSum<Real> softmax_row(Real* logits, int64_t row) {
  auto most = load<Real>(logits);
  for (int64_t j = kLanes<Real>; j < row; j += kLanes<Real>) {
    const auto v = load<Real>(logits + j);
    most = v > most ? v : most;
  }
  Real largest = most[0];
  for (int64_t l = 1; l < kLanes<Real>; ++l) largest = most[l] > largest ? most[l] : largest;
  Vector<Real> total{};
  for (int64_t j = 0; j < row; j += kLanes<Real>) {
    const auto e = exp_of(load<Real>(logits + j) - largest);
    total += e;
    store<Real>(logits + j, e);
  }
  const Real sum = sum_of_lanes<Real>(total);
  const Real inverse = 1 / sum;
  for (int64_t j = 0; j < row; j += kLanes<Real>) {
    store<Real>(logits + j, load<Real>(logits + j) * inverse);
  }
  return {largest, sum};
}

template <class Real>
int64_t forward_scratch(const WindowedMap& query, const WindowedMap& key, int64_t head_dim) {
  const int64_t width = padded<Real>(head_dim);
  const int64_t keys = padded<Real>(tokens_per_window(key));
  static_cast<void>(query);
  return 3 * keys * width + 2 * kBlock * width + kBlock * keys;
}

/// Queries in blocks: logits = bias + Q K^T, softmax, times V. The block's logits never leave the
/// cache.
template <class Element, class Real>
void forward(const ForwardJob<Element, Real>& job) {
  const auto& in = job.in;
  const int64_t width = padded<Real>(in.head_dim);
  const int64_t queries = tokens_per_window(in.query_map);
  const int64_t keys = tokens_per_window(in.key_map);
  const int64_t row = padded<Real>(keys);
  Real* const key_columns = job.scratch;          // [width][row]
  Real* const value = key_columns + width * row;  // [row][width]
  Real* const key_rows = value + row * width;     // [row][width]
  Real* const query = key_rows + row * width;     // [kBlock][width]
  Real* const result = query + kBlock * width;    // [kBlock][width]
  Real* const logits = result + kBlock * width;   // [kBlock][row]
  gather(in.key, keys, in.head_dim, width, key_rows);
  normalise<Real>(key_rows, keys, width, 1, nullptr);
  for (int64_t i = keys * width; i < row * width; ++i) key_rows[i] = value[i] = 0;
  transpose(key_rows, row, width, width, key_columns, row);
  gather(in.value, keys, in.head_dim, width, value);
  for (int64_t first = 0; first < queries; first += kBlock) {
    const int64_t count = queries - first < kBlock ? queries - first : kBlock;
    gather(TokenRows<const Element>{in.query.data, in.query.offsets + first}, count, in.head_dim,
           width, query);
    normalise<Real>(query, count, width, in.logit_scale, nullptr);
    const Real* start = logits;
    if (job.expanded_bias != nullptr) {
      start = job.expanded_bias + first * row;
    } else {
      expand_rows(in.query_map, in.key_map, in.bias, first, count, logits);
    }
    gemm<Real>(count, row, in.head_dim, {query, width, 1}, key_columns, row, start, row, logits,
               row);
    if (in.query_labels != nullptr) {
      mask_rows(in.query_labels + first, in.key_labels, keys, count, logits);
    }
    for (int64_t i = 0; i < count; ++i) {
      const auto [largest, sum] = softmax_row(logits + i * row, row);
      if (job.log_sum_exp.data == nullptr) continue;
      job.log_sum_exp.data[job.log_sum_exp.offsets[first + i]] =
          largest + static_cast<Real>(__builtin_log(sum));
    }
    gemm<Real>(count, width, keys, {logits, row, 1}, value, width, nullptr, 0, result, width);
    scatter(result, width, count, in.head_dim,
            TokenRows<Element>{job.out.data, job.out.offsets + first});
  }
}

template <class Real>
int64_t expanded_size(const WindowedMap& query, const WindowedMap& key) {
  return tokens_per_window(query) * padded<Real>(tokens_per_window(key));
}

template <class Real>
void expand_bias(const WindowedMap& query, const WindowedMap& key, const Real* bias,
                 Real* expanded) {
  expand_rows(query, key, bias, 0, tokens_per_window(query), expanded);
}

template <class Real>
int64_t backward_scratch(const WindowedMap& query, const WindowedMap& key, int64_t head_dim) {
  const int64_t width = padded<Real>(head_dim);
  const int64_t keys = padded<Real>(tokens_per_window(key));
  static_cast<void>(query);
  return 6 * keys * width + keys + kBlock * (3 * width + 3 * keys + 1);
}

/// The gradient of rows that were divided by their norm: what points along a row has no effect.
template <class Real>
void normalise_backward(const Real* unit, const Real* norms, int64_t tokens, int64_t row,
                        Real* grad) {
  for (int64_t t = 0; t < tokens; ++t) {
    const Real* u = unit + t * row;
    Real* g = grad + t * row;
    Real along = 0;
    for (int64_t c = 0; c < row; ++c) along += u[c] * g[c];
    const Real least = static_cast<Real>(kLeastNorm);
    const bool is_clamped = norms[t] < least;
    const Real inverse = 1 / (is_clamped ? least : norms[t]);
    for (int64_t c = 0; c < row; ++c) {
      g[c] = (is_clamped ? g[c] : g[c] - along * u[c]) * inverse;
    }
  }
}

/// Everything of a window's keys, and the sums that all its queries add to.
template <class Real>
struct BackwardBuffers {
  BackwardBuffers(Real* scratch, int64_t row, int64_t width)
      : key(scratch),
        key_columns(key + row * width),
        value_columns(key_columns + row * width),
        grad_key(value_columns + row * width),
        grad_value(grad_key + row * width),
        spare(grad_value + row * width),
        key_norms(spare + row * width),
        query(key_norms + row),
        grad_query(query + kBlock * width),
        grad_out(grad_query + kBlock * width),
        cosines(grad_out + kBlock * width),
        weights(cosines + kBlock * row),
        grad_logits(weights + kBlock * row),
        query_norms(grad_logits + kBlock * row) {}

  Real* key;            // [row][width], unit rows
  Real* key_columns;    // [width][row]
  Real* value_columns;  // [width][row]
  Real* grad_key;       // [row][width]
  Real* grad_value;     // [row][width]
  Real* spare;          // [row][width]
  Real* key_norms;      // [row]
  Real* query;          // [kBlock][width], unit rows
  Real* grad_query;     // [kBlock][width]
  Real* grad_out;       // [kBlock][width]
  Real* cosines;        // [kBlock][row]
  Real* weights;        // [kBlock][row]
  Real* grad_logits;    // [kBlock][row]
  Real* query_norms;    // [kBlock]
};

/// weights = exp(logits - log_sum_exp), grad_logits = weights * (grad_weights - grad_out . out);
/// adds the latter to the bias' and, times the cosines, to the scale's gradient.
template <class Element, class Real>
void logits_backward(const BackwardJob<Element, Real>& job, int64_t first, int64_t count,
                     int64_t row, const BackwardBuffers<Real>& b) {
  const auto& in = job.in;
  const int64_t table_row = bias_extent(in.query_map, in.key_map).columns;
  Vector<Real> scale_sum{};
  for (int64_t i = 0; i < count; ++i) {
    Real* weights = b.weights + i * row;
    Real* grad = b.grad_logits + i * row;
    const Real* cosines = b.cosines + i * row;
    const Real log_sum_exp = job.log_sum_exp.data[job.log_sum_exp.offsets[first + i]];
    const Element* out = job.out.data + job.out.offsets[first + i];
    Real delta = 0;
    for (int64_t c = 0; c < in.head_dim; ++c) {
      delta += widened(out[c]) * b.grad_out[i * padded<Real>(in.head_dim) + c];
    }
    for (int64_t j = 0; j < row; j += kLanes<Real>) {
      const auto w = exp_of(load<Real>(weights + j) - log_sum_exp);
      const auto g = w * (load<Real>(grad + j) - delta);
      store<Real>(weights + j, w);
      store<Real>(grad + j, g);
      scale_sum += g * load<Real>(cosines + j);
    }
    Real* piece = job.grad_bias + first_bias_piece(in.query_map, in.key_map, first + i);
    for (int64_t r = 0; r < in.key_map.window_rows; ++r) {
      for (int64_t c = 0; c < in.key_map.window_columns; ++c) piece[c] += *grad++;
      piece -= table_row;
    }
  }
  *job.grad_logit_scale += sum_of_lanes<Real>(scale_sum);
}

template <class Element, class Real>
void backward_block(const BackwardJob<Element, Real>& job, int64_t first, int64_t count,
                    const BackwardBuffers<Real>& b) {
  const auto& in = job.in;
  const int64_t width = padded<Real>(in.head_dim);
  const int64_t keys = tokens_per_window(in.key_map);
  const int64_t row = padded<Real>(keys);
  gather(TokenRows<const Element>{in.query.data, in.query.offsets + first}, count, in.head_dim,
         width, b.query);
  normalise<Real>(b.query, count, width, 1, b.query_norms);
  gather(TokenRows<const Element>{job.grad_out.data, job.grad_out.offsets + first}, count,
         in.head_dim, width, b.grad_out);
  gemm<Real>(count, row, width, {b.query, width, 1}, b.key_columns, row, nullptr, 0, b.cosines,
             row);
  gemm<Real>(count, row, width, {b.grad_out, width, 1}, b.value_columns, row, nullptr, 0,
             b.grad_logits, row);
  expand_rows(in.query_map, in.key_map, in.bias, first, count, b.weights);
  for (int64_t i = 0; i < count * row; i += kLanes<Real>) {
    store<Real>(b.weights + i,
                load<Real>(b.weights + i) + in.logit_scale * load<Real>(b.cosines + i));
  }
  if (in.query_labels != nullptr) {
    mask_rows(in.query_labels + first, in.key_labels, keys, count, b.weights);
  }
  logits_backward(job, first, count, row, b);
  gemm<Real>(row, width, count, {b.weights, 1, row}, b.grad_out, width, b.grad_value, width,
             b.grad_value, width);
  // From here on the queries' gradient and then the queries themselves carry the scale.
  gemm<Real>(count, width, keys, {b.grad_logits, row, 1}, b.key, width, nullptr, 0, b.grad_query,
             width);
  for (int64_t i = 0; i < count * width; ++i) b.grad_query[i] *= in.logit_scale;
  normalise_backward(b.query, b.query_norms, count, width, b.grad_query);
  scatter(b.grad_query, width, count, in.head_dim,
          TokenRows<Element>{job.grad_query.data, job.grad_query.offsets + first});
  for (int64_t i = 0; i < count * width; ++i) b.query[i] *= in.logit_scale;
  gemm<Real>(row, width, count, {b.grad_logits, 1, row}, b.query, width, b.grad_key, width,
             b.grad_key, width);
}

template <class Element, class Real>
void backward(const BackwardJob<Element, Real>& job) {
  const auto& in = job.in;
  const int64_t width = padded<Real>(in.head_dim);
  const int64_t queries = tokens_per_window(in.query_map);
  const int64_t keys = tokens_per_window(in.key_map);
  const int64_t row = padded<Real>(keys);
  const BackwardBuffers<Real> b(job.scratch, row, width);
  for (int64_t i = 0; i < row * width; ++i) b.grad_key[i] = b.grad_value[i] = 0;
  for (int64_t i = keys * width; i < row * width; ++i) b.key[i] = b.spare[i] = 0;
  gather(in.value, keys, in.head_dim, width, b.spare);
  transpose(b.spare, row, width, width, b.value_columns, row);
  gather(in.key, keys, in.head_dim, width, b.key);
  normalise<Real>(b.key, keys, width, 1, b.key_norms);
  transpose(b.key, row, width, width, b.key_columns, row);
  for (int64_t first = 0; first < queries; first += kBlock) {
    const int64_t count = queries - first < kBlock ? queries - first : kBlock;
    backward_block(job, first, count, b);
  }
  normalise_backward(b.key, b.key_norms, keys, width, b.grad_key);
  scatter(b.grad_key, width, keys, in.head_dim, job.grad_key);
  scatter(b.grad_value, width, keys, in.head_dim, job.grad_value);
}

template <class Element, class Real>
constexpr WindowKernels<Element, Real> kernels_of() {
  return {&forward_scratch<Real>, &backward_scratch<Real>, &expanded_size<Real>,
          &expand_bias<Real>,     &forward<Element, Real>, &backward<Element, Real>};
}

}  // namespace

extern const WindowAttentionKernels VCISR_WINDOW_ATTENTION_KERNELS;
const WindowAttentionKernels VCISR_WINDOW_ATTENTION_KERNELS = {
    kernels_of<float, float>(), kernels_of<Bfloat16Bits, float>(), kernels_of<double, double>()};

}  // namespace vcisr::ops::detail
