// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vcisr::metrics {

/// A forest as regRF's model stores it: tables of `nodes` rows, one column per tree, column after
/// column. Numbers as they were in the file.
struct ForestTables {
  std::size_t nodes = 0;
  std::size_t trees = 0;
  std::vector<double> left;        ///< lDau: 1-based row of the daughter, 0 for none.
  std::vector<double> right;       ///< rDau
  std::vector<double> threshold;   ///< upper: left if feature <= threshold.
  std::vector<double> feature;     ///< mbest: 1-based.
  std::vector<double> prediction;  ///< avnode
  std::vector<double> status;      ///< nodestatus: -1 for a leaf, -3 for a split. May be empty.
};

/// Random forest regression: the mean of its trees' predictions.
///
/// Threads  const members from any thread.
class RegressionForest {
 public:
  /// Keeps what can be reached from each tree's first row, and checks it.
  ///
  /// Errors  CheckpointError in half a sentence that begins with "tree 3": a daughter, feature or
  ///         status out of range, a row that two rows lead to (which a circle is), a threshold or
  ///         prediction that is not finite. Also tables that are empty or not of nodes * trees.
  RegressionForest(const ForestTables& tables, std::size_t num_features);

  /// Shape  features: as many as the constructor was told of, none NaN.
  [[nodiscard]] double predict(std::span<const double> features) const;

  [[nodiscard]] std::size_t trees() const noexcept { return roots_.size(); }

 private:
  /// Daughters lie behind their parent; a leaf has none.
  struct Node {
    std::int64_t left = 0;  ///< 0 for a leaf.
    std::int64_t right = 0;
    std::size_t feature = 0;
    double value = 0.0;  ///< Threshold or prediction.
  };

  void add_tree(const ForestTables& tables, std::size_t tree, std::size_t num_features);

  std::vector<Node> nodes_;  ///< Of all trees.
  std::vector<std::size_t> roots_;
};

}  // namespace vcisr::metrics
