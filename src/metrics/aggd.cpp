// SPDX-License-Identifier: Apache-2.0
#include "metrics/aggd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#define VCISR_VECTOR_BYTES 16  // What every x86-64 and Arm core has.
#include "ops/vector_types.h"

namespace vcisr::metrics {
namespace {

constexpr double kFirstShape = 0.2;
constexpr double kShapeStep = 0.001;
constexpr std::size_t kShapes = 9801;  // The last is 10.

double shape_at(std::size_t index) { return kFirstShape + static_cast<double>(index) * kShapeStep; }

/// By grid position.
struct GammaTables {
  std::vector<double> ratio;          ///< G(2/g)^2 / (G(1/g) G(3/g)): rises strictly.
  std::vector<double> inverse_ratio;  ///< Falls strictly.
  std::vector<double> beta_ratio;
  std::vector<double> mean_ratio;
};

GammaTables make_gamma_tables() {
  GammaTables tables;
  for (std::size_t i = 0; i < kShapes; ++i) {
    const double g = shape_at(i);
    const double one = std::tgamma(1.0 / g);
    const double two = std::tgamma(2.0 / g);
    const double three = std::tgamma(3.0 / g);
    tables.ratio.push_back(two * two / (one * three));
    tables.inverse_ratio.push_back(one * three / (two * two));
    tables.beta_ratio.push_back(std::sqrt(one / three));
    tables.mean_ratio.push_back(two / one);
  }
  return tables;
}

const GammaTables& gamma_tables() {
  static const GammaTables tables = make_gamma_tables();
  return tables;
}

/// The first position where |table - value| is least, in a table sorted by `before`. A value that
/// is no finite number gives 0, as all of its distances are alike.
template <class Before>
std::size_t nearest(const std::vector<double>& table, double value, Before before) {
  if (!std::isfinite(value)) return 0;
  const auto after = std::lower_bound(table.begin(), table.end(), value, before);
  if (after == table.begin()) return 0;
  const auto position = static_cast<std::size_t>(after - table.begin());
  if (after == table.end()) return position - 1;
  return std::abs(table[position - 1] - value) <= std::abs(*after - value) ? position - 1
                                                                           : position;
}

using ops::detail::Vector;
using Bits = ops::detail::VectorOf<double>::Bits;

/// The values where the mask is set, else zeros.
Vector<double> where(const Bits& mask, const Vector<double>& values) {
  Bits bits;
  std::memcpy(&bits, &values, sizeof(bits));
  bits &= mask;
  Vector<double> kept;
  std::memcpy(&kept, &bits, sizeof(kept));
  return kept;
}

/// Counts and sums of each sign, several samples at once.
class SignedSums {
 public:
  void add(const double* values, std::int64_t count) {
    constexpr std::int64_t kLanes = ops::detail::kLanes<double>;
    std::int64_t x = 0;
    for (; x + kLanes <= count; x += kLanes) add(ops::detail::load(values + x));
    std::array<double, kLanes> rest{};  // Zeros change nothing.
    std::copy(values + x, values + count, rest.begin());
    add(ops::detail::load(rest.data()));
    count_ += count;
  }

  [[nodiscard]] SampleSums total() const {
    using ops::detail::sum_of_lanes;
    std::int64_t negatives = 0;
    std::int64_t positives = 0;
    for (std::int64_t i = 0; i < ops::detail::kLanes<double>; ++i) {
      negatives -= negatives_[i];
      positives -= positives_[i];
    }
    return {static_cast<double>(count_),
            static_cast<double>(negatives),
            static_cast<double>(positives),
            sum_of_lanes<double>(negative_squares_),
            sum_of_lanes<double>(positive_squares_),
            sum_of_lanes<double>(positive_sum_) - sum_of_lanes<double>(negative_sum_)};
  }

 private:
  void add(const Vector<double>& values) {
    const Vector<double> squares = values * values;
    const Bits negative = values < 0.0;
    const Bits positive = values > 0.0;
    negatives_ += negative;  // A set mask is -1.
    positives_ += positive;
    negative_squares_ += where(negative, squares);
    positive_squares_ += where(positive, squares);
    negative_sum_ += where(negative, values);
    positive_sum_ += where(positive, values);
  }

  std::int64_t count_ = 0;
  Bits negatives_{};
  Bits positives_{};
  Vector<double> negative_squares_{};
  Vector<double> positive_squares_{};
  Vector<double> negative_sum_{};
  Vector<double> positive_sum_{};
};

/// out[x] = a[x] b[x - dx], around the edges; dx is -1, 0 or 1.
void multiply_shifted(const double* a, const double* b, std::int64_t width, std::int64_t dx,
                      double* out) {
  const std::int64_t first = dx > 0 ? dx : 0;
  const std::int64_t last = dx < 0 ? width + dx : width;
  for (std::int64_t x = 0; x < first; ++x) out[x] = a[x] * b[x - dx + width];
  for (std::int64_t x = first; x < last; ++x) out[x] = a[x] * b[x - dx];
  for (std::int64_t x = last; x < width; ++x) out[x] = a[x] * b[x - dx - width];
}

}  // namespace

SampleSums sums_of(const LumaBlock& block) {
  SignedSums sums;
  for (std::int64_t y = 0; y < block.height; ++y) {
    sums.add(block.plane.row(block.top + y) + block.left, block.width);
  }
  return sums.total();
}

SampleSums sums_of_products(const LumaBlock& block, const Shift& shift) {
  SignedSums sums;
  std::vector<double> products(static_cast<std::size_t>(block.width));
  for (std::int64_t y = 0; y < block.height; ++y) {
    const std::int64_t partner = (y - shift.dy + block.height) % block.height;
    multiply_shifted(block.plane.row(block.top + y) + block.left,
                     block.plane.row(block.top + partner) + block.left, block.width, shift.dx,
                     products.data());
    sums.add(products.data(), block.width);
  }
  return sums.total();
}

AsymmetricFit fit_asymmetric(const SampleSums& sums) {
  AsymmetricFit fit;
  fit.left_rms = std::sqrt(sums.negative_squares / sums.negatives);
  fit.right_rms = std::sqrt(sums.positive_squares / sums.positives);
  const double skew = fit.left_rms / fit.right_rms;
  const double mean_absolute = sums.absolutes / sums.count;
  const double mean_square = (sums.negative_squares + sums.positive_squares) / sums.count;
  const double symmetric = mean_absolute * mean_absolute / mean_square;
  const double ratio = symmetric * (skew * skew * skew + 1.0) * (skew + 1.0) /
                       ((skew * skew + 1.0) * (skew * skew + 1.0));
  const GammaTables& tables = gamma_tables();
  const std::size_t at = nearest(tables.ratio, ratio, std::less<>());
  fit.shape = shape_at(at);
  fit.beta_ratio = tables.beta_ratio[at];
  fit.mean_ratio = tables.mean_ratio[at];
  return fit;
}

double symmetric_shape(const SampleSums& sums) {
  const double mean_absolute = sums.absolutes / sums.count;
  const double mean_square = (sums.negative_squares + sums.positive_squares) / sums.count;
  const double ratio = mean_square / (mean_absolute * mean_absolute);
  return shape_at(nearest(gamma_tables().inverse_ratio, ratio, std::greater<>()));
}

}  // namespace vcisr::metrics
