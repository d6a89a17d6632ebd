// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

namespace vcisr::metrics {

inline constexpr std::size_t kBrisqueFeatures = 36;
/// The smallest picture: the filter that halves it has eight taps.
inline constexpr std::int64_t kBrisqueSmallestPx = 8;

/// 18 per scale, full and half size, before scaling, in pyiqa's order: shape and variance of the
/// normalised luma, then per neighbour (right, below, below right, above right) shape, mean, left
/// and right variance of the products.
using BrisqueFeatures = std::array<double, kBrisqueFeatures>;

/// The features as pyiqa 0.1.7 defines them: full-range luma .299 .587 .114 rounded, zero padding.
///
/// Differs from pyiqa: sums are double, where its are float32. On clipped or flat areas its shapes
/// follow from rounding noise (0.006) and are not to be had from another program.
///
/// Shape    rgb: float32 [3, H, W] on the CPU, 0 .. 1; H, W >= kBrisqueSmallestPx.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence: another tensor, too small, samples outside 0 .. 1 or NaN, a
///          picture of one brightness or without both signs of its products.
[[nodiscard]] BrisqueFeatures brisque_features(const torch::Tensor& rgb);

/// Support vector regression with the kernel exp(-gamma |a - b|^2):
/// score(f) = sum_k coefficients[k] exp(-gamma |f - support_vectors[k]|^2) - rho.
struct RbfRegression {
  double gamma = 0.0;
  double rho = 0.0;  ///< Subtracted: -153.591 in the authors' model adds 153.591.
  std::vector<double> coefficients;
  std::vector<BrisqueFeatures> support_vectors;

  [[nodiscard]] double predict(const BrisqueFeatures& scaled) const;
};

/// svm-scale's rule: [low, high] of each feature onto [lower, upper], further out linearly.
struct FeatureRange {
  double lower = -1.0;
  double upper = 1.0;
  BrisqueFeatures low{};
  BrisqueFeatures high{};

  [[nodiscard]] BrisqueFeatures scale(const BrisqueFeatures& features) const;
};

/// What turns features into a score. Models of different origin give scores that differ by up to
/// 17: name() belongs beside each score.
///
/// Threads  const members from any thread.
class BrisqueModel {
 public:
  BrisqueModel(RbfRegression regression, FeatureRange range, std::string name);

  /// Either LIBSVM's text files (the authors' `allmodel` and `allrange`, svm-train's and
  /// svm-scale's formats) or OpenCV's (brisque_model_live.yml, brisque_range_live.yml), told from
  /// the content.
  ///
  /// Errors  CheckpointError in one sentence that begins with the file's path: missing, damaged,
  ///         truncated, another kind of machine, numbers that are not finite, other than 36
  ///         features, the two files of different formats.
  [[nodiscard]] static BrisqueModel load(const std::filesystem::path& model,
                                         const std::filesystem::path& range);

  /// Not clamped: mostly 0 .. 100, lower is better.
  [[nodiscard]] double score(const BrisqueFeatures& features) const;

  /// "opencv brisque_model_live, rho -149.635, 774 support vectors", "libsvm allmodel, rho …".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  RbfRegression regression_;
  FeatureRange range_;
  std::string name_;
};

/// Blind/referenceless image spatial quality evaluator: model.score(brisque_features(rgb)).
[[nodiscard]] double brisque(const torch::Tensor& rgb, const BrisqueModel& model);

}  // namespace vcisr::metrics
