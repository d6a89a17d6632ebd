// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/rng.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <system_error>

#include "vcisr/core/error.h"

namespace vcisr {
namespace {

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}
constexpr std::uint64_t both(std::uint32_t low_word, std::uint32_t high_word) {
  return (static_cast<std::uint64_t>(high_word) << 32) | low_word;
}

/// FNV-1a, 64 bits: names of streams to numbers.
constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

// The kinds of labels that streams are derived from; never equal to each other.
constexpr std::uint32_t kNumbered = 0x766e0001u;
constexpr std::uint32_t kNamed = 0x766e0002u;

/// Natural logarithm of a normal number in (0, 1), from operations that IEEE 754 rounds correctly:
/// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)), m in [sqrt(1/2), sqrt(2)). About 1 ulp.
double logarithm(double x) {
  constexpr double kLn2 = 0.693147180559945309417;
  constexpr double kSqrtHalf = 0.707106781186547524401;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // Exact: it only takes the bits apart.
  if (mantissa < kSqrtHalf) {
    mantissa *= 2;
    --exponent;
  }
  const double z = (mantissa - 1) / (mantissa + 1);  // |z| <= 0.1716
  const double zz = z * z;
  double series = 0;
  for (int k = 21; k >= 1; k -= 2) series = series * zz + 1.0 / k;
  return exponent * kLn2 + 2 * z * series;
}

void require_range(bool is_range, double lo, double hi) {
  if (is_range) return;
  throw ConfigError("a random number was asked for between " + std::to_string(lo) + " and " +
                    std::to_string(hi) + ", which is no range");
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1),
               high(product0) ^ counter[3] ^ key[1], low(product0)};
    key[0] += 0x9E3779B9u;  // Weyl sequences: the golden ratio, and sqrt(3) - 1.
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

Rng::Rng(std::uint64_t seed, std::uint64_t sample, std::uint64_t stream) noexcept
    : key_(seed), sample_(sample) {
  if (stream != 0) *this = fork(stream);
}

Rng Rng::derived(std::uint64_t label, std::uint32_t kind) const noexcept {
  // A block of the seed's own generator, with the label where draws have their sample, makes the
  // stream's key. `kind` sits where draws count their blocks, at a height they never reach.
  const auto block = philox4x32_10({0, kind, low(label), high(label)}, {low(key_), high(key_)});
  return Rng(both(block[0], block[1]), sample_);
}

Rng Rng::fork(std::string_view name) const noexcept { return derived(fnv1a(name), kNamed); }
Rng Rng::fork(std::uint64_t index) const noexcept { return derived(index, kNumbered); }

void Rng::refill() noexcept {
  words_ = philox4x32_10({low(next_block_), high(next_block_), low(sample_), high(sample_)},
                         {low(key_), high(key_)});
  ++next_block_;
  used_ = 0;
}

std::uint32_t Rng::next_u32() noexcept {
  if (used_ == words_.size()) refill();
  return words_[used_++];
}

std::uint64_t Rng::next_u64() noexcept {
  const std::uint32_t first = next_u32();
  return both(first, next_u32());
}

double Rng::uniform() noexcept { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }

double Rng::uniform(double lo, double hi) {
  require_range(lo <= hi && std::isfinite(lo) && std::isfinite(hi), lo, hi);
  const double u = uniform();
  const double value = lo * (1 - u) + hi * u;  // hi - lo could overflow.
  if (value < lo) return lo;
  return value < hi ? value : (lo < hi ? std::nextafter(hi, lo) : lo);
}

std::int64_t Rng::uniform_int(std::int64_t lo, std::int64_t hi) {
  require_range(lo <= hi, static_cast<double>(lo), static_cast<double>(hi));
  const std::uint64_t span = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo);
  const std::uint64_t count = span + 1;  // 0 stands for 2^64.
  std::uint64_t draw = next_u64();
  if (count != 0) {
    // The highest draws, which would make small results likelier, are drawn again.
    const std::uint64_t excess = (0 - count) % count;  // 2^64 mod count.
    while (draw > UINT64_MAX - excess) draw = next_u64();
    draw %= count;
  }
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(lo) + draw);
}

std::pair<double, double> Rng::normal_pair() noexcept {
  for (;;) {
    const double x = 2 * uniform() - 1;
    const double y = 2 * uniform() - 1;
    const double square = x * x + y * y;
    if (square >= 1 || square < 0x1p-1000) continue;
    const double factor = std::sqrt(-2 * logarithm(square) / square);
    return {x * factor, y * factor};
  }
}

double Rng::normal() noexcept { return normal_pair().first; }

void Rng::fill_uniform(std::span<float> values) noexcept {
  for (float& value : values) value = static_cast<float>(next_u32() >> 8) * 0x1p-24F;
}

void Rng::fill_normal(std::span<float> values) noexcept {
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const auto [first, second] = normal_pair();
    values[i] = static_cast<float>(first);
    if (i + 1 < values.size()) values[i + 1] = static_cast<float>(second);
  }
}

std::size_t Rng::choose(std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      throw ConfigError("a weight of a random choice is " + std::to_string(weight) +
                        ", it must be finite and not negative");
    }
    sum += weight;
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw ConfigError("the weights of a random choice add up to " + std::to_string(sum) +
                      ", one of them must be positive");
  }
  const double target = uniform() * sum;
  double below = 0;
  std::size_t last_possible = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    below += weights[i];
    if (target < below) return i;
    last_possible = i;
  }
  return last_possible;  // uniform() * sum may round up to sum.
}

std::vector<std::int64_t> Rng::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n < 0 ? 0 : n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order);
  return order;
}

std::string Rng::state() const {
  std::array<char, 96> text{};
  // The block drawn from can be made again: its number and the words used say everything.
  std::snprintf(text.data(), text.size(), "philox4x32-10 %016llx %016llx %016llx %u",
                static_cast<unsigned long long>(key_), static_cast<unsigned long long>(sample_),
                static_cast<unsigned long long>(next_block_), used_);
  return text.data();
}

Rng Rng::from_state(std::string_view text) {
  constexpr std::string_view kName = "philox4x32-10";
  std::array<std::uint64_t, 4> fields{};
  bool good = text.starts_with(kName);
  std::string_view rest = good ? text.substr(kName.size()) : "";
  for (std::size_t i = 0; good && i < fields.size(); ++i) {
    const std::size_t width = i < 3 ? 16 : 1;
    good = rest.size() > width && rest[0] == ' ';
    if (!good) break;
    const auto* const end = rest.data() + 1 + width;
    const auto result = std::from_chars(rest.data() + 1, end, fields[i], 16);
    good = result.ec == std::errc() && result.ptr == end;
    rest.remove_prefix(1 + width);
  }
  const auto [key, sample, next_block, used] = fields;
  if (!good || !rest.empty() || used > 4 || (next_block == 0 && used != 4)) {
    throw CheckpointError("the state of the random numbers is not of the form '" +
                          std::string(kName) + " <key> <sample> <block> <used>'");
  }
  Rng rng(key, sample);
  if (next_block > 0) {
    rng.next_block_ = next_block - 1;
    rng.refill();
    rng.used_ = static_cast<std::uint32_t>(used);
  }
  return rng;
}

}  // namespace vcisr
