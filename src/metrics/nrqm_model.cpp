// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/mat_file.h"
#include "metrics/regression_forest.h"
#include "vcisr/core/error.h"
#include "vcisr/core/hash.h"
#include "vcisr/metrics/nrqm.h"

namespace vcisr::metrics {
namespace {

constexpr std::array<std::size_t, 3> kFeatures = {18, 45, 75};
constexpr std::array<const char*, 3> kKinds = {"DCT", "steerable pyramid", "singular value"};
constexpr std::size_t kWeights = 4;
constexpr std::size_t kHashDigits = 8;
constexpr std::size_t kMostNamed = 20;

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

const MatValue* field(const MatValue& record, std::string_view name) {
  for (const MatValue& child : record.children) {
    if (equal_in_any_case(child.name, name)) return &child;
  }
  return nullptr;
}

/// What a model may consist of, wherever it lies in the file.
struct Findings {
  std::vector<const MatValue*> forests;  ///< Records, in the file's order.
  std::vector<const MatValue*> linear;
  std::vector<std::string> names;  ///< Of everything, for the error.
};

void search(const MatValue& value, Findings& findings) {
  if (!value.name.empty() && findings.names.size() < kMostNamed &&
      std::find(findings.names.begin(), findings.names.end(), value.name) == findings.names.end()) {
    findings.names.push_back(value.name);
  }
  if (equal_in_any_case(value.name, "linear")) {
    // It may lie in a cell or struct of its own.
    const MatValue* numbers = &value;
    while (numbers->children.size() == 1) numbers = &numbers->children.front();
    if (numbers->kind == MatValue::Kind::kNumbers) findings.linear.push_back(numbers);
  }
  if (value.kind == MatValue::Kind::kRecord && field(value, "lDau") != nullptr) {
    findings.forests.push_back(&value);
    return;
  }
  for (const MatValue& child : value.children) search(child, findings);
}

std::string found_names(const Findings& findings) {
  std::string text;
  for (const std::string& name : findings.names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "it names nothing" : "it names " + text;
}

const MatValue& table(const MatValue& record, const char* name) {
  const MatValue* const found = field(record, name);
  if (found == nullptr) throw CheckpointError("it has lDau but no " + std::string(name));
  if (found->kind != MatValue::Kind::kNumbers) {
    throw CheckpointError("its " + std::string(name) + " is not a table of real numbers");
  }
  return *found;
}

ForestTables tables_of(const MatValue& record) {
  const MatValue& left = table(record, "lDau");
  if (left.sizes.size() != 2) throw CheckpointError("its lDau is not a table of two dimensions");
  const auto same_size = [&record, &left](const char* name) {
    const MatValue& other = table(record, name);
    if (other.sizes != left.sizes) {
      throw CheckpointError("its tables " + std::string(name) + " and lDau differ in size");
    }
    return other.numbers;
  };
  ForestTables tables{.nodes = left.sizes[0],
                      .trees = left.sizes[1],
                      .left = left.numbers,
                      .right = same_size("rDau"),
                      .threshold = same_size("upper"),
                      .feature = same_size("mbest"),
                      .prediction = same_size("avnode"),
                      .status = {}};
  if (field(record, "nodestatus") != nullptr) tables.status = same_size("nodestatus");
  return tables;
}

std::vector<RegressionForest> forests_of(const Findings& findings) {
  if (findings.forests.size() != kFeatures.size()) {
    throw CheckpointError(
        "NRQM needs three forests (structs with lDau, rDau, upper, mbest and "
        "avnode), but the file has " +
        std::to_string(findings.forests.size()) + "; " + found_names(findings));
  }
  std::vector<RegressionForest> forests;
  for (std::size_t i = 0; i < kFeatures.size(); ++i) {
    try {
      forests.emplace_back(tables_of(*findings.forests[i]), kFeatures[i]);
    } catch (const CheckpointError& error) {
      throw CheckpointError("the forest of the " + std::string(kKinds[i]) + " features (number " +
                            std::to_string(i + 1) + " of the file): " + error.what());
    }
  }
  return forests;
}

std::array<double, kWeights> weights_of(const Findings& findings) {
  if (findings.linear.size() != 1 || findings.linear.front()->numbers.size() != kWeights) {
    std::string found;
    for (const MatValue* linear : findings.linear) {
      found += (found.empty() ? "" : ", ") + std::to_string(linear->numbers.size());
    }
    throw CheckpointError("NRQM needs four numbers named 'linear', once, but the file has " +
                          (found.empty() ? "none" : found) + "; " + found_names(findings));
  }
  std::array<double, kWeights> weights{};
  const std::vector<double>& numbers = findings.linear.front()->numbers;
  std::copy(numbers.begin(), numbers.end(), weights.begin());
  for (const double weight : weights) {
    if (!std::isfinite(weight)) throw CheckpointError("its weights 'linear' are not finite");
  }
  return weights;
}

}  // namespace

struct NrqmModel::Content {
  std::string name;
  std::vector<RegressionForest> forests;
  std::array<double, kWeights> weights{};
};

NrqmModel NrqmModel::load(const std::filesystem::path& mat) {
  std::error_code error_code;
  if (!std::filesystem::is_regular_file(mat, error_code)) {
    throw CheckpointError(mat.string() + ": NRQM's model is not there (or is no file)");
  }
  const std::vector<MatValue> variables = read_mat_file(mat);
  Findings findings;
  for (const MatValue& variable : variables) search(variable, findings);
  try {
    auto content = std::make_shared<Content>();
    content->forests = forests_of(findings);
    content->weights = weights_of(findings);
    content->name = mat.filename().string() + ", sha256 " + sha256_file(mat).substr(0, kHashDigits);
    return NrqmModel(std::move(content));
  } catch (const CheckpointError& error) {
    throw CheckpointError(mat.string() + ": " + error.what());
  } catch (const InputError& error) {
    throw CheckpointError(error.what());
  }
}

double NrqmModel::score(const NrqmFeatures& features) const {
  const std::array<double, 3> predictions = {
      content_->forests[0].predict(features.dct),
      content_->forests[1].predict(features.steerable),
      content_->forests[2].predict(features.singular_values),
  };
  double score = content_->weights[0];
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    score += content_->weights[i + 1] * predictions[i];
  }
  return score;
}

const std::string& NrqmModel::name() const noexcept { return content_->name; }

}  // namespace vcisr::metrics
