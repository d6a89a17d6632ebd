// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <torch/types.h>

namespace vcisr::metrics {

/// The smallest side that has an NRQM: from here on the third level, a quarter of each side, is cut
/// into at least 25 patches, which 25 singular values need (and the inner parts of the steerable
/// pyramid's bands into at least one window of 11).
inline constexpr std::int64_t kNrqmSmallestSidePx = 84;

/// What Ma, Yang, Yang and Yang (2017) measure, in the order of pyiqa 0.1.7, which the model's
/// trees count by.
struct NrqmFeatures {
  /// Block DCT, six per level (full, half, quarter size): shape of the coefficients' distribution
  /// (mean of the lowest tenth, mean of all), their variation and the variance of its three
  /// orientations (mean of the highest tenth, mean of all).
  std::array<double, 18> dct{};
  /// Steerable pyramid of two levels and six orientations, divisively normalised: 12 shapes of the
  /// bands, 6 of both levels together, 12 similarities with the high-pass, 15 of two orientations.
  std::array<double, 45> steerable{};
  /// Of the matrix of all 5x5 patches, 25 per level, largest first.
  std::array<double, 75> singular_values{};
};

/// The features as pyiqa 0.1.7 defines them: full-range luma .299 .587 .114 rounded.
///
/// Differs from pyiqa where it gives infinity: a pixel whose whole neighbourhood is zero in every
/// band counts as zero.
///
/// Shape    rgb: float32 [3, H, W] on the CPU, 0 .. 1; H, W >= kNrqmSmallestSidePx.
/// Threads  safe from any thread; runs on LibTorch's intra-op threads.
/// Memory   about 300 bytes per pixel.
/// Errors   c10::Error in one sentence: another tensor, too small, samples outside 0 .. 1 or NaN, a
///          picture of one brightness.
[[nodiscard]] NrqmFeatures nrqm_features(const torch::Tensor& rgb);

/// What turns features into a score: three random forests, one per kind of feature, and a linear
/// combination of their predictions.
///
/// Threads  const members from any thread; copies share what they hold.
class NrqmModel {
 public:
  /// Reads the authors' NRQM_model.mat with the library matio.
  ///
  /// The file is in no package, so its layout was taken from the documented model fields of the
  /// forests' own software (regRF in RandomForest-MATLAB by A. Jaiantilal), not from the file: a
  /// forest is a struct with, in any letter case, lDau and rDau (1-based daughters), upper
  /// (threshold: left if feature <= upper), mbest (1-based feature) and avnode (prediction), each
  /// [nodes, trees]; nodestatus (-3 splits, -1 is a leaf) where it is there, else a node without
  /// daughters is a leaf. Three forests in the order of NrqmFeatures and four numbers named
  /// `linear` are looked for at any depth of structs, struct arrays and cells.
  ///
  /// Errors   CheckpointError in one sentence that begins with the file's path: missing, damaged,
  ///          other than three forests, tables of different sizes, daughters or features out of
  ///          range, nodes in a circle, numbers that are not finite. ConfigError: this build has no
  ///          matio.
  [[nodiscard]] static NrqmModel load(const std::filesystem::path& mat);

  /// linear[0] + linear[1] dct + linear[2] steerable + linear[3] singular_values, each the mean
  /// over the trees of a forest; mostly 0 .. 10, higher is better. Not clamped.
  [[nodiscard]] double score(const NrqmFeatures& features) const;

  /// File name and the start of its SHA-256: printed with scores.
  [[nodiscard]] const std::string& name() const noexcept;

 private:
  struct Content;
  explicit NrqmModel(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  std::shared_ptr<const Content> content_;
};

/// No-reference quality metric for super-resolution: model.score(nrqm_features(rgb)).
[[nodiscard]] double nrqm(const torch::Tensor& rgb, const NrqmModel& model);

}  // namespace vcisr::metrics
