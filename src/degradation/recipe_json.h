// SPDX-License-Identifier: Apache-2.0
// Steps as JSON objects and back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vcisr/core/range.h"
#include "vcisr/degradation/steps.h"

namespace vcisr::degradation {

/// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

/// Numbers of units and groups: what JSON readers keep exactly.
inline constexpr Range<std::int64_t> kNumbers{0, std::int64_t{1} << 53};

[[nodiscard]] Json to_json(const Step& step);
[[nodiscard]] Json to_json(const VideoCompressionStep& step);

/// A JSON object read strictly. `where` begins every message ("recipe.jsonl:3: stages[1]").
/// Errors  InputError.
class JsonReader {
 public:
  JsonReader(const Json& object, std::string where);

  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  /// Null counts as missing.
  [[nodiscard]] bool has(const std::string& key) const;
  /// nullptr where it is missing.
  [[nodiscard]] const Json* find(const std::string& key);
  [[nodiscard]] double number(const std::string& key, const Range<double>& bounds);
  [[nodiscard]] std::int64_t integer(const std::string& key,
                                     const Range<std::int64_t>& bounds = kNumbers);
  [[nodiscard]] std::uint64_t seed(const std::string& key);
  [[nodiscard]] bool flag(const std::string& key, bool otherwise);
  [[nodiscard]] std::string text(const std::string& key);
  /// One of the words.
  [[nodiscard]] std::string word(const std::string& key, const std::vector<std::string>& allowed);
  [[nodiscard]] std::vector<double> numbers(const std::string& key, std::size_t count,
                                            const Range<double>& bounds);
  /// Throws for the first key that nobody asked for.
  void expect_all_read() const;
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  const Json& need(const std::string& key);
  [[nodiscard]] double any_number(const std::string& key);

  const Json& object_;
  std::string where_;
  std::vector<std::string> asked_;
};

[[nodiscard]] Step read_step(const Json& object, const std::string& where);
[[nodiscard]] VideoCompressionStep read_video_step(const Json& object, const std::string& where);

}  // namespace vcisr::degradation
