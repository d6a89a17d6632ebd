// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "degradation/recipe_json.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::degradation {
namespace {

template <class T>
std::string outside(const Json& value, const Range<T>& bounds) {
  return value.dump() + " is outside [" + Json(bounds.lo).dump() + ", " + Json(bounds.hi).dump() +
         "]";
}

}  // namespace

JsonReader::JsonReader(const Json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) throw InputError(where_ + ": an object {…} is needed");
}

void JsonReader::fail(const std::string& key, const std::string& what) const {
  // "r.jsonl:3: unit", but "r.jsonl:3: stages[0].type".
  const char* const joint = where_.back() == ']' ? "." : ": ";
  throw InputError(where_ + (key.empty() ? "" : joint + key) + ": " + what);
}

bool JsonReader::has(const std::string& key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

const Json* JsonReader::find(const std::string& key) {
  asked_.push_back(key);
  return has(key) ? &object_.at(key) : nullptr;
}

const Json& JsonReader::need(const std::string& key) {
  const Json* const value = find(key);
  if (value == nullptr) fail(key, "missing");
  return *value;
}

double JsonReader::any_number(const std::string& key) {
  const Json& value = need(key);
  if (!value.is_number()) fail(key, "a number is needed, not " + value.dump());
  return value.get<double>();
}

double JsonReader::number(const std::string& key, const Range<double>& bounds) {
  const double value = any_number(key);
  if (!bounds.contains(value)) fail(key, outside(object_.at(key), bounds));
  return value;
}

std::int64_t JsonReader::integer(const std::string& key, const Range<std::int64_t>& bounds) {
  const double value = any_number(key);
  if (value != std::floor(value)) {
    fail(key, "a whole number is needed, not " + object_.at(key).dump());
  }
  const Range<double> wide{static_cast<double>(bounds.lo), static_cast<double>(bounds.hi)};
  if (!wide.contains(value)) fail(key, outside(object_.at(key), bounds));
  return static_cast<std::int64_t>(value);
}

std::uint64_t JsonReader::seed(const std::string& key) {
  const Json& value = need(key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return static_cast<std::uint64_t>(integer(key));
}

bool JsonReader::flag(const std::string& key, bool otherwise) {
  const Json* const value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail(key, "true or false is needed, not " + value->dump());
  return value->get<bool>();
}

std::string JsonReader::text(const std::string& key) {
  const Json& value = need(key);
  if (!value.is_string()) fail(key, "text is needed, not " + value.dump());
  return value.get<std::string>();
}

std::string JsonReader::word(const std::string& key, const std::vector<std::string>& allowed) {
  std::string value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    fail(key, "'" + value + "' is none of " + join(allowed) + did_you_mean(value, allowed));
  }
  return value;
}

std::vector<double> JsonReader::numbers(const std::string& key, std::size_t count,
                                        const Range<double>& bounds) {
  const Json& value = need(key);
  const bool fits =
      value.is_array() && value.size() == count &&
      std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_number(); });
  if (!fits) fail(key, "a list of " + std::to_string(count) + " numbers is needed");
  for (const Json& item : value) {
    if (!bounds.contains(item.get<double>())) fail(key, outside(item, bounds));
  }
  return value.get<std::vector<double>>();
}

void JsonReader::expect_all_read() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      fail(key, "unknown key" + did_you_mean(key, asked_));
    }
  }
}

}  // namespace vcisr::degradation
