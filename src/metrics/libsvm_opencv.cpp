// SPDX-License-Identifier: Apache-2.0
//
// OpenCV writes a YAML of its own ("%YAML:1.0", "{ epsilon:0.001 }") that YAML parsers refuse. Of
// it only keys and the words after them are needed: brackets, commas and dashes say nothing more,
// as all counts are checked.
#include <algorithm>
#include <string>
#include <vector>

#include "metrics/libsvm.h"
#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

using tensorfile::printable;

constexpr std::string_view kSeparators = " \t\r\n,[]{}";

struct Entry {
  std::string_view key;
  std::vector<std::string_view> words;
};

/// Every key with the words up to the next key, in the file's order.
std::vector<Entry> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  text.remove_prefix(std::min(text.find('\n'), text.size()));  // %YAML:1.0
  while (true) {
    const std::size_t first = text.find_first_not_of(kSeparators);
    if (first == std::string_view::npos) return entries;
    text.remove_prefix(first);
    std::string_view word = text.substr(0, text.find_first_of(kSeparators));
    text.remove_prefix(word.size());
    if (word == "-" || word == "---" || word == "..." || word.starts_with('!')) continue;
    const std::size_t colon = word.find(':');
    if (colon != std::string_view::npos) {
      entries.push_back({word.substr(0, colon), {}});
      word.remove_prefix(colon + 1);
      if (word.empty()) continue;
    }
    if (entries.empty()) throw CheckpointError("is damaged: it has values before any key");
    entries.back().words.push_back(word);
  }
}

const Entry& only(const std::vector<Entry>& entries, std::string_view key) {
  const Entry* found = nullptr;
  for (const Entry& entry : entries) {
    if (entry.key != key) continue;
    if (found != nullptr) throw CheckpointError("has several '" + std::string(key) + "'");
    found = &entry;
  }
  if (found == nullptr) throw CheckpointError("has no '" + std::string(key) + "'");
  return *found;
}

std::string_view only_word(const std::vector<Entry>& entries, std::string_view key) {
  const Entry& entry = only(entries, key);
  if (entry.words.size() != 1) {
    throw CheckpointError("has " + std::to_string(entry.words.size()) + " values of '" +
                          std::string(key) + "', where one was expected");
  }
  return entry.words[0];
}

std::size_t count_named(const std::vector<Entry>& entries, const std::string& key) {
  return whole_number(only_word(entries, key), "'" + key + "'");
}

double number_named(const std::vector<Entry>& entries, const std::string& key) {
  return finite_number(only_word(entries, key), "'" + key + "'");
}

std::vector<double> numbers_named(const std::vector<Entry>& entries, const std::string& key,
                                  std::size_t count) {
  const Entry& entry = only(entries, key);
  if (entry.words.size() != count) {
    throw CheckpointError("is damaged: '" + key + "' has " + std::to_string(entry.words.size()) +
                          " numbers, where " + std::to_string(count) + " were expected");
  }
  std::vector<double> numbers;
  for (const std::string_view word : entry.words) {
    numbers.push_back(finite_number(word, "a number of '" + key + "'"));
  }
  return numbers;
}

void check_kind(const std::vector<Entry>& entries) {
  const std::string_view machine = only_word(entries, "svmType");
  if (machine != "EPS_SVR" && machine != "NU_SVR") {
    throw CheckpointError("has svmType '" + printable(machine) + "', where EPS_SVR was expected");
  }
  const std::string_view kernel = only_word(entries, "type");
  if (kernel != "RBF") {
    throw CheckpointError("has kernel type '" + printable(kernel) + "', where RBF was expected");
  }
  const std::size_t features = count_named(entries, "var_count");
  if (features != kBrisqueFeatures) {
    throw CheckpointError("has " + std::to_string(features) + " features, where BRISQUE's " +
                          std::to_string(kBrisqueFeatures) + " were expected");
  }
}

}  // namespace

bool is_opencv_yaml(std::string_view text) { return text.starts_with("%YAML"); }

RbfRegression parse_opencv_model(std::string_view text) {
  const std::vector<Entry> entries = entries_of(text);
  (void)only(entries, "opencv_ml_svm");
  check_kind(entries);
  const std::size_t vectors = count_named(entries, "sv_total");
  constexpr std::size_t kMostVectors = 1 << 20;
  if (vectors > kMostVectors || count_named(entries, "sv_count") != vectors) {
    throw CheckpointError("is damaged: it says that it has " + std::to_string(vectors) +
                          " support vectors, but its decision function uses another number");
  }
  RbfRegression regression;
  regression.gamma = number_named(entries, "gamma");
  regression.rho = number_named(entries, "rho");
  const std::vector<double> alphas = numbers_named(entries, "alpha", vectors);
  const std::vector<double> values =
      numbers_named(entries, "support_vectors", vectors * kBrisqueFeatures);
  // cv::ml::SVM leaves `index` out where it is 0, 1, 2 …
  bool has_index = false;
  for (const Entry& entry : entries) has_index = has_index || entry.key == "index";
  const std::vector<double> order =
      has_index ? numbers_named(entries, "index", vectors) : std::vector<double>();
  for (std::size_t k = 0; k < vectors; ++k) {
    const double at = has_index ? order[k] : static_cast<double>(k);
    if (at < 0.0 || at >= static_cast<double>(vectors)) {
      throw CheckpointError("is damaged: its decision function names a vector that is not there");
    }
    const double* const first = values.data() + static_cast<std::size_t>(at) * kBrisqueFeatures;
    BrisqueFeatures vector{};
    std::copy_n(first, kBrisqueFeatures, vector.begin());
    regression.support_vectors.push_back(vector);
    regression.coefficients.push_back(alphas[k]);
  }
  check_regression(regression);
  return regression;
}

FeatureRange parse_opencv_range(std::string_view text) {
  const std::vector<Entry> entries = entries_of(text);
  (void)only(entries, "range");
  if (count_named(entries, "rows") != 2 || count_named(entries, "cols") != kBrisqueFeatures) {
    throw CheckpointError("has no matrix of 2 rows and " + std::to_string(kBrisqueFeatures) +
                          " columns");
  }
  const std::vector<double> values = numbers_named(entries, "data", 2 * kBrisqueFeatures);
  FeatureRange range;
  std::copy_n(values.begin(), kBrisqueFeatures, range.low.begin());
  std::copy_n(values.begin() + kBrisqueFeatures, kBrisqueFeatures, range.high.begin());
  check_range(range);
  return range;
}

}  // namespace vcisr::metrics
