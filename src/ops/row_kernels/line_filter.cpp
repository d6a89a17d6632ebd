// SPDX-License-Identifier: Apache-2.0
#include "ops/row_kernels/line_filter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vcisr::ops::detail {
namespace {

// The four weights of a phase of interpolate2, whose window starts at its first tap.
std::array<float, kInterpolateTaps> window_weights(const LinePhase& phase) {
  std::array<float, kInterpolateTaps> weights{};
  for (std::size_t k = 0; k < phase.offset.size(); ++k) {
    weights[static_cast<std::size_t>(phase.offset[k] - phase.offset[0])] = phase.weight[k];
  }
  return weights;
}

bool fits_window(const LinePhase& phase) {
  return phase.offset.back() - phase.offset.front() < kInterpolateTaps;
}

// Where tap `offset` of cycle 0 lies: in the padded row, or in the split row of its remainder.
const float* tap_row(const PeriodicLine& line, const float* row, const float* split,
                     std::int32_t offset) {
  if (line.per_in == 1) return row + offset;
  const std::int64_t position = offset + line.pad;
  return split + position % line.per_in * line.split_size() + position / line.per_in;
}

void sum_phase(const RowKernels& kernels, const PeriodicLine& line, const LinePhase& phase,
               const float* row, const float* split, std::int64_t n, float* out) {
  std::array<const float*, PeriodicLine::kMostTaps> taps;
  for (std::size_t k = 0; k < phase.offset.size(); ++k) {
    taps[k] = tap_row(line, row, split, phase.offset[k]);
  }
  kernels.weighted_sum(taps.data(), phase.weight.data(), static_cast<int>(phase.offset.size()), n,
                       out);
}

}  // namespace

PeriodicLine::PeriodicLine(std::int64_t in_size, std::int64_t out_size, int inputs_per_cycle,
                           std::vector<LinePhase> line_phases)
    : in(in_size), out(out_size), per_in(inputs_per_cycle), phases(std::move(line_phases)) {
  const auto per_out = static_cast<std::int64_t>(phases.size());
  cycles = (out + per_out - 1) / per_out;
  std::int64_t before = 0;
  std::int64_t after = 0;
  for (const LinePhase& phase : phases) {
    before = std::max<std::int64_t>(before, -phase.offset.front());
    const std::int64_t last = phase.offset.front() + kInterpolateTaps - 1;
    after = std::max(after, std::max<std::int64_t>(last, phase.offset.back()));
  }
  after += per_in * cycles - in;
  pad = (std::max(before, after) / per_in + 1) * per_in;
  is_interpolate2 = per_in == 1 && per_out == 2 && fits_window(phases[0]) && fits_window(phases[1]);
}

std::int64_t PeriodicLine::scratch_floats() const {
  const std::int64_t split = per_in == 1 ? 0 : split_size() * per_in;
  return split + cycles * static_cast<std::int64_t>(phases.size());
}

void filter_line(const RowKernels& kernels, const PeriodicLine& line, const float* row,
                 float* scratch, float* out) {
  const auto per_out = static_cast<std::int64_t>(line.phases.size());
  const std::int64_t whole = line.out / per_out;
  if (line.is_interpolate2) {
    const auto even = window_weights(line.phases[0]);
    const auto odd = window_weights(line.phases[1]);
    kernels.interpolate2(row + line.phases[0].offset[0], even.data(),
                         row + line.phases[1].offset[0], odd.data(), whole, out);
    if (line.out % 2 == 1) {
      kernels.interpolate2(row + whole + line.phases[0].offset[0], even.data(),
                           row + whole + line.phases[1].offset[0], odd.data(), 1, scratch);
      out[line.out - 1] = scratch[0];
    }
    return;
  }
  std::array<float*, PeriodicLine::kMostPerCycle> rows;
  float* split = nullptr;
  if (line.per_in > 1) {
    split = scratch;
    scratch += line.split_size() * line.per_in;
    for (int j = 0; j < line.per_in; ++j) {
      rows[static_cast<std::size_t>(j)] = split + j * line.split_size();
    }
    kernels.deinterleave(row - line.pad, line.per_in, line.split_size(), rows.data());
  }
  if (per_out == 1) return sum_phase(kernels, line, line.phases[0], row, split, line.out, out);
  for (std::int64_t j = 0; j < per_out; ++j) {
    const auto phase = static_cast<std::size_t>(j);
    rows[phase] = scratch + j * line.cycles;
    sum_phase(kernels, line, line.phases[phase], row, split, line.cycles, rows[phase]);
  }
  kernels.interleave(rows.data(), static_cast<int>(per_out), whole, out);
  for (std::int64_t i = whole * per_out; i < line.out; ++i) {
    out[i] = rows[static_cast<std::size_t>(i - whole * per_out)][whole];
  }
}

void repeat_edges(float* row, std::int64_t size, std::int64_t pad) {
  std::fill(row - pad, row, row[0]);
  std::fill(row + size, row + size + pad, row[size - 1]);
}

void mirror_edges(float* row, std::int64_t size, std::int64_t pad) {
  // What has been mirrored serves as source for what lies further out: a period is twice the size.
  for (std::int64_t i = 0; i < pad; ++i) {
    row[-1 - i] = i < size ? row[i] : row[2 * size - 1 - i];
    row[size + i] = i < size ? row[size - 1 - i] : row[i - size];
  }
}

}  // namespace vcisr::ops::detail
