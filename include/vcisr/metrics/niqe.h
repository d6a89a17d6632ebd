// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/file.h"

namespace vcisr::metrics {

/// NIQE looks at blocks of this side: the smallest picture that has a NIQE.
inline constexpr std::int64_t kNiqeBlockPx = 96;
inline constexpr std::size_t kNiqeFeatures = 36;
/// What a fit needs: one block more than features, else their covariance is singular.
inline constexpr std::int64_t kNiqeFitMinBlocks = static_cast<std::int64_t>(kNiqeFeatures) + 1;

/// Whose arithmetic. The numbers differ by up to 0.43 on one picture and must not be mixed.
enum class NiqeConvention {
  /// pyiqa 0.1.7: full-range luma .299 .587 .114 rounded; a picture of one block has covariance 0.
  kPyiqa,
  /// BasicSR 1.4.2: luma 16 .. 235 rounded, filters give float32; at least two usable blocks.
  kBasicsr,
};

/// What pristine photographs look like: a multivariate Gaussian of the block features.
struct NiqeModel {
  std::vector<double> mean;        ///< [36]
  std::vector<double> covariance;  ///< [36, 36], symmetric
  std::string name;                ///< File name and the start of its SHA-256: printed with scores.
};

/// Reads numpy's .npz with mu_pris_param (36 numbers) and cov_pris_param (36 x 36): BasicSR's
/// niqe_pris_params.npz, or a file of save_niqe_model().
///
/// Errors  CheckpointError in one sentence: missing, damaged, compressed, an array that is missing
///         or has another shape or type, not finite, not a covariance.
[[nodiscard]] NiqeModel load_niqe_model(const std::filesystem::path& path);

/// Writes what load_niqe_model(), numpy and BasicSR read. The same model gives the same bytes.
///
/// Errors  OutputError; c10::Error for a model of wrong sizes.
void save_niqe_model(const std::filesystem::path& path, const NiqeModel& model,
                     AtomicFile::Existing existing);

/// Fits a model to pristine photographs as Mittal, Soundararajan and Bovik (2013) do: of each
/// picture the blocks whose sharpness (mean local deviation) exceeds 0.75 of the sharpest block's.
///
/// Threads  one.
/// Memory   288 bytes per block.
class NiqeFit {
 public:
  explicit NiqeFit(NiqeConvention convention) : convention_(convention) {}

  /// Shape, errors  as niqe(). Adds at least one block, unless those that are sharp have no
  ///                features (one-sided or flat).
  void add(const torch::Tensor& rgb);

  [[nodiscard]] std::int64_t blocks() const noexcept {
    return static_cast<std::int64_t>(rows_.size());
  }

  /// Errors  ConfigError for fewer than kNiqeFitMinBlocks blocks.
  [[nodiscard]] NiqeModel finish() const;

 private:
  NiqeConvention convention_;
  std::vector<std::array<double, kNiqeFeatures>> rows_;
};

/// Naturalness image quality evaluator: the distance of the picture's block statistics from the
/// model's; lower is better.
///
/// Shape    rgb: float32 [3, H, W] on the CPU, 0 .. 1; H, W >= kNiqeBlockPx.
/// Border   cut off on the right and below to multiples of kNiqeBlockPx.
/// Threads  safe from any thread; one is used.
/// Errors   c10::Error in one sentence: another tensor, too small, samples outside 0 .. 1 or NaN, a
///          picture of one brightness, too few blocks with features.
[[nodiscard]] double niqe(const torch::Tensor& rgb, const NiqeModel& model,
                          NiqeConvention convention);

}  // namespace vcisr::metrics
