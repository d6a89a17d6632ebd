// SPDX-License-Identifier: Apache-2.0
#include "metrics/regression_forest.h"

#include <cmath>
#include <string>

#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

constexpr double kSplits = -3.0;
constexpr double kIsLeaf = -1.0;

std::string shown(double number) {
  std::string text = std::to_string(number);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// One tree's columns with their checks.
class TreeReader {
 public:
  TreeReader(const ForestTables& tables, std::size_t tree, std::size_t num_features)
      : tables_(tables),
        tree_(tree),
        first_(tree * tables.nodes),
        num_features_(num_features),
        is_reached_(tables.nodes) {}

  /// Errors  if it was visited before.
  void visit(std::size_t row) {
    if (is_reached_[row]) fail(row, "is reached twice, which no tree has");
    is_reached_[row] = true;
  }

  [[nodiscard]] bool is_leaf(std::size_t row) const {
    const bool is_childless = at(tables_.left, row) == 0.0 && at(tables_.right, row) == 0.0;
    if (tables_.status.empty()) return is_childless;
    const double status = at(tables_.status, row);
    if (status != kIsLeaf && status != kSplits) {
      fail(row, "has nodestatus " + shown(status) + " (expected -1 or -3)");
    }
    return status == kIsLeaf;
  }

  [[nodiscard]] std::size_t left(std::size_t row) const {
    return index(tables_.left, row, "lDau", tables_.nodes);
  }
  [[nodiscard]] std::size_t right(std::size_t row) const {
    return index(tables_.right, row, "rDau", tables_.nodes);
  }
  [[nodiscard]] std::size_t feature(std::size_t row) const {
    return index(tables_.feature, row, "mbest", num_features_);
  }
  [[nodiscard]] double threshold(std::size_t row) const {
    return finite(tables_.threshold, row, "upper");
  }
  [[nodiscard]] double prediction(std::size_t row) const {
    return finite(tables_.prediction, row, "avnode");
  }

 private:
  [[nodiscard]] double at(const std::vector<double>& table, std::size_t row) const {
    return table[first_ + row];
  }

  [[nodiscard]] double finite(const std::vector<double>& table, std::size_t row,
                              const char* name) const {
    const double number = at(table, row);
    if (!std::isfinite(number)) fail(row, "has " + std::string(name) + " " + shown(number));
    return number;
  }

  /// From 1-based to 0-based.
  [[nodiscard]] std::size_t index(const std::vector<double>& table, std::size_t row,
                                  const char* name, std::size_t count) const {
    const double number = at(table, row);
    if (!(number >= 1.0 && number <= static_cast<double>(count)) || number != std::floor(number)) {
      fail(row, "has " + std::string(name) + " " + shown(number) + " (expected 1 to " +
                    std::to_string(count) + ")");
    }
    return static_cast<std::size_t>(number) - 1;
  }

  [[noreturn]] void fail(std::size_t row, const std::string& what) const {
    throw CheckpointError("tree " + std::to_string(tree_ + 1) + ": node " +
                          std::to_string(row + 1) + " " + what);
  }

  const ForestTables& tables_;
  std::size_t tree_;
  std::size_t first_;
  std::size_t num_features_;
  std::vector<bool> is_reached_;
};

void check_size(const ForestTables& tables, const std::vector<double>& table, const char* name) {
  const std::size_t expected = tables.nodes * tables.trees;
  if (table.size() == expected) return;
  throw CheckpointError("its table " + std::string(name) + " has " + std::to_string(table.size()) +
                        " numbers, but lDau has " + std::to_string(expected));
}

}  // namespace

RegressionForest::RegressionForest(const ForestTables& tables, std::size_t num_features) {
  if (tables.nodes == 0 || tables.trees == 0) throw CheckpointError("its tables are empty");
  check_size(tables, tables.left, "lDau");
  check_size(tables, tables.right, "rDau");
  check_size(tables, tables.threshold, "upper");
  check_size(tables, tables.feature, "mbest");
  check_size(tables, tables.prediction, "avnode");
  if (!tables.status.empty()) check_size(tables, tables.status, "nodestatus");
  for (std::size_t tree = 0; tree < tables.trees; ++tree) add_tree(tables, tree, num_features);
}

void RegressionForest::add_tree(const ForestTables& tables, std::size_t tree,
                                std::size_t num_features) {
  TreeReader reader(tables, tree, num_features);
  const std::size_t root = nodes_.size();
  roots_.push_back(root);
  std::vector<std::size_t> rows = {0};  // of the table, in the order of our nodes
  reader.visit(0);
  for (std::size_t done = 0; done < rows.size(); ++done) {
    const std::size_t row = rows[done];
    if (reader.is_leaf(row)) {
      nodes_.push_back({.value = reader.prediction(row)});
      continue;
    }
    const std::size_t left = reader.left(row);
    const std::size_t right = reader.right(row);
    reader.visit(left);
    reader.visit(right);
    const auto next = static_cast<std::int64_t>(root + rows.size());
    rows.push_back(left);
    rows.push_back(right);
    nodes_.push_back({next, next + 1, reader.feature(row), reader.threshold(row)});
  }
}

double RegressionForest::predict(std::span<const double> features) const {
  double sum = 0.0;
  for (const std::size_t root : roots_) {
    const Node* node = &nodes_[root];
    while (node->left != 0) {
      const bool goes_left = features[node->feature] <= node->value;
      node = &nodes_[static_cast<std::size_t>(goes_left ? node->left : node->right)];
    }
    sum += node->value;
  }
  return sum / static_cast<double>(roots_.size());
}

}  // namespace vcisr::metrics
