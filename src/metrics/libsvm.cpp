// SPDX-License-Identifier: Apache-2.0
#include "metrics/libsvm.h"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

using tensorfile::printable;

constexpr std::string_view kBlanks = " \t\r";

/// The next line without its end; nothing where the text is over.
std::optional<std::string_view> take_line(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return words;
    line.remove_prefix(first);
    const std::size_t end = line.find_first_of(kBlanks);
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

struct ModelHead {
  std::string_view machine;
  std::string_view kernel;
  std::optional<double> gamma;
  std::optional<double> rho;
  std::optional<std::size_t> vectors;
};

/// Reads up to the line `SV`.
ModelHead take_head(std::string_view& text) {
  ModelHead head;
  while (const auto line = take_line(text)) {
    const auto words = words_of(*line);
    if (words.size() == 1 && words[0] == "SV") return head;
    if (words.size() < 2) {
      throw CheckpointError("is no LIBSVM model: it has the line '" + printable(*line) +
                            "' before its vectors");
    }
    if (words[0] == "svm_type") head.machine = words[1];
    if (words[0] == "kernel_type") head.kernel = words[1];
    if (words[0] == "gamma") head.gamma = finite_number(words[1], "gamma");
    if (words[0] == "total_sv") head.vectors = whole_number(words[1], "total_sv");
    if (words[0] != "rho") continue;
    if (words.size() != 2) throw CheckpointError("has several rho, where a regression has one");
    head.rho = finite_number(words[1], "rho");
  }
  throw CheckpointError("is no LIBSVM model: it has no line 'SV'");
}

void check_head(const ModelHead& head) {
  if (head.machine != "epsilon_svr" && head.machine != "nu_svr") {
    throw CheckpointError("has svm_type '" + printable(head.machine) +
                          "', where epsilon_svr was expected");
  }
  if (head.kernel != "rbf") {
    throw CheckpointError("has kernel_type '" + printable(head.kernel) +
                          "', where rbf was expected");
  }
  if (!head.gamma || !head.rho || !head.vectors) {
    throw CheckpointError(std::string("has no ") + (!head.gamma ? "gamma"
                                                    : !head.rho ? "rho"
                                                                : "total_sv"));
  }
}

/// "7:0.25" into its place; `before` is the last index that was set.
void take_feature(std::string_view word, BrisqueFeatures& vector, std::size_t& before) {
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) {
    throw CheckpointError("is damaged: '" + printable(word) +
                          "' stands where index:value was expected");
  }
  const std::size_t index = whole_number(word.substr(0, colon), "the index of a feature");
  if (index < 1 || index > kBrisqueFeatures || index <= before) {
    throw CheckpointError("has a feature " + std::to_string(index) + " after feature " +
                          std::to_string(before) + ", where rising numbers from 1 to " +
                          std::to_string(kBrisqueFeatures) + " were expected");
  }
  vector[index - 1] = finite_number(word.substr(colon + 1), "a feature");
  before = index;
}

}  // namespace

double finite_number(std::string_view word, const std::string& what) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
    throw CheckpointError("is damaged: " + what + " is '" + printable(word) +
                          "', where a finite number was expected");
  }
  return value;
}

std::size_t whole_number(std::string_view word, const std::string& what) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) {
    throw CheckpointError("is damaged: " + what + " is '" + printable(word) +
                          "', where a whole number was expected");
  }
  return value;
}

void check_regression(const RbfRegression& regression) {
  if (!(regression.gamma > 0.0)) {
    throw CheckpointError("has gamma " + std::to_string(regression.gamma) +
                          ", where a positive number was expected");
  }
  if (regression.support_vectors.empty()) throw CheckpointError("has no support vectors");
}

void check_range(const FeatureRange& range) {
  for (std::size_t i = 0; i < kBrisqueFeatures; ++i) {
    if (!(range.low[i] < range.high[i])) {
      throw CheckpointError("has the range " + std::to_string(range.low[i]) + " to " +
                            std::to_string(range.high[i]) + " for feature " +
                            std::to_string(i + 1) + ", where a rising one was expected");
    }
  }
}

RbfRegression parse_libsvm_model(std::string_view text) {
  const ModelHead head = take_head(text);
  check_head(head);
  RbfRegression regression;
  regression.gamma = *head.gamma;
  regression.rho = *head.rho;
  std::size_t highest = 0;
  while (const auto line = take_line(text)) {
    const auto words = words_of(*line);
    if (words.empty()) continue;
    regression.coefficients.push_back(finite_number(words[0], "a coefficient"));
    BrisqueFeatures vector{};
    std::size_t before = 0;
    for (std::size_t i = 1; i < words.size(); ++i) take_feature(words[i], vector, before);
    regression.support_vectors.push_back(vector);
    highest = std::max(highest, before);
  }
  if (regression.support_vectors.size() != *head.vectors) {
    throw CheckpointError("is damaged: it has " +
                          std::to_string(regression.support_vectors.size()) +
                          " support vectors, where its head says " + std::to_string(*head.vectors));
  }
  check_regression(regression);
  if (highest != kBrisqueFeatures) {
    throw CheckpointError("has " + std::to_string(highest) + " features, where BRISQUE's " +
                          std::to_string(kBrisqueFeatures) + " were expected");
  }
  return regression;
}

FeatureRange parse_libsvm_range(std::string_view text) {
  const auto first = take_line(text);
  const auto head = first ? words_of(*first) : std::vector<std::string_view>();
  if (head.size() != 1 || head[0] != "x") {
    throw CheckpointError("is no range file of svm-scale: its first line is '" +
                          printable(first.value_or("")) + "', where 'x' was expected");
  }
  const auto second = take_line(text);
  const auto bounds = second ? words_of(*second) : std::vector<std::string_view>();
  if (bounds.size() != 2) throw CheckpointError("is damaged: its second line has no two bounds");
  FeatureRange range;
  range.lower = finite_number(bounds[0], "the lower bound");
  range.upper = finite_number(bounds[1], "the upper bound");
  if (!(range.lower < range.upper)) throw CheckpointError("is damaged: its bounds do not rise");
  std::bitset<kBrisqueFeatures> seen;
  while (const auto line = take_line(text)) {
    const auto words = words_of(*line);
    if (words.empty()) continue;
    if (words.size() != 3) {
      throw CheckpointError("is damaged: it has the line '" + printable(*line) +
                            "', where index, lowest and highest value were expected");
    }
    const std::size_t index = whole_number(words[0], "the index of a feature");
    if (index < 1 || index > kBrisqueFeatures || seen[index - 1]) {
      throw CheckpointError("has the range of a feature " + std::to_string(index) +
                            ", where each of 1 to " + std::to_string(kBrisqueFeatures) +
                            " was expected once");
    }
    seen[index - 1] = true;
    range.low[index - 1] = finite_number(words[1], "a lowest value");
    range.high[index - 1] = finite_number(words[2], "a highest value");
  }
  if (!seen.all()) {
    throw CheckpointError("has the ranges of " + std::to_string(seen.count()) +
                          " features, where " + std::to_string(kBrisqueFeatures) +
                          " were expected");
  }
  check_range(range);
  return range;
}

}  // namespace vcisr::metrics
