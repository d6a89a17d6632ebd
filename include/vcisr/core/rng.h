// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vcisr/core/range.h"

namespace vcisr {

/// One block of Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011).
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                         std::array<std::uint32_t, 2> key) noexcept;

/// Random numbers by counting: the draws for (seed, sample) are the same whichever thread asks, in
/// whatever order samples are worked on, and however many there are.
///
/// Equal on every machine with IEEE 754 doubles, normal() included: it uses no function of libm but
/// sqrt (correctly rounded everywhere), and the file is compiled without fused multiply-adds.
/// Copies   continue independently from the same place. 2^66 words per (seed, sample, stream).
/// Threads  one object, one thread.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t sample = 0, std::uint64_t stream = 0) noexcept;

  /// A stream of its own for one part of the work. It depends on the seed, the sample and the names
  /// on the way to it, not on what was drawn before, and draws nothing itself.
  [[nodiscard]] Rng fork(std::string_view name) const noexcept;
  [[nodiscard]] Rng fork(std::uint64_t index) const noexcept;

  std::uint32_t next_u32() noexcept;
  std::uint64_t next_u64() noexcept;

  double uniform() noexcept;  ///< [0, 1), multiples of 2^-53.
  /// [lo, hi); lo where both are equal. Errors  ConfigError unless lo <= hi and both are finite.
  double uniform(double lo, double hi);
  double uniform(const Range<double>& range) { return uniform(range.lo, range.hi); }
  /// Both ends included, without bias. Errors  ConfigError unless lo <= hi.
  std::int64_t uniform_int(std::int64_t lo, std::int64_t hi);
  template <class T>
  T uniform_int(const Range<T>& range) {
    return static_cast<T>(uniform_int(range.lo, range.hi));
  }
  /// True with this probability; never for 0, always for 1.
  bool chance(double probability) noexcept { return uniform() < probability; }
  /// Mean 0, standard deviation 1 (Marsaglia's polar method).
  double normal() noexcept;
  /// The same distributions for many values; not the same sequence as single calls.
  void fill_uniform(std::span<float> values) noexcept;  ///< [0, 1), multiples of 2^-24.
  void fill_normal(std::span<float> values) noexcept;

  /// An index, with probability in proportion to its weight.
  /// Errors  ConfigError unless the weights are finite, none is negative and one is positive.
  std::size_t choose(std::span<const double> weights);
  /// 0 … n - 1 in random order.
  std::vector<std::int64_t> permutation(std::int64_t n);
  /// All orders alike (Fisher, Yates).
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      const auto j = static_cast<std::size_t>(uniform_int(0, static_cast<std::int64_t>(i) - 1));
      std::swap(values[i - 1], values[j]);
    }
  }
  template <class T>
  void shuffle(std::vector<T>& values) {
    shuffle(std::span<T>(values));
  }

  /// Everything needed to go on exactly here, as text ("philox4x32-10 …"), and back.
  /// Errors  CheckpointError for text that is none of ours.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] static Rng from_state(std::string_view text);

  friend bool operator==(const Rng&, const Rng&) = default;

 private:
  Rng derived(std::uint64_t label, std::uint32_t kind) const noexcept;
  void refill() noexcept;
  std::pair<double, double> normal_pair() noexcept;

  std::uint64_t key_;
  std::uint64_t sample_;
  std::uint64_t next_block_ = 0;
  std::array<std::uint32_t, 4> words_{};  // The block drawn from.
  std::uint32_t used_ = 4;                // Words of it that are spent.
};

}  // namespace vcisr
