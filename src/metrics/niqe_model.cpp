// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <torch/torch.h>

#include "metrics/mscn.h"
#include "metrics/npz.h"
#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"
#include "vcisr/core/hash.h"
#include "vcisr/metrics/niqe.h"

namespace vcisr::metrics {
namespace {

constexpr const char* kMeanKey = "mu_pris_param";
constexpr const char* kCovarianceKey = "cov_pris_param";
constexpr const char* kWindowKey = "gaussian_window";
constexpr auto kSide = static_cast<std::int64_t>(kNiqeFeatures);

std::string shape_text(const NpyArray& array) {
  std::string text;
  for (const std::int64_t side : array.shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(side);
  }
  return text.empty() ? "a single number" : text;
}

const NpyArray& array_named(const std::map<std::string, NpyArray>& arrays, const char* key) {
  const auto found = arrays.find(key);
  if (found == arrays.end()) {
    throw CheckpointError(std::string("is no NIQE model: it has no array '") + key + "'");
  }
  if (!std::all_of(found->second.values.begin(), found->second.values.end(),
                   [](double value) { return std::isfinite(value); })) {
    throw CheckpointError(std::string("is damaged: '") + key + "' holds what is no finite number");
  }
  return found->second;
}

/// Errors  CheckpointError unless it is symmetric with positive variances.
void check_covariance(const std::vector<double>& covariance) {
  for (std::size_t i = 0; i < kNiqeFeatures; ++i) {
    const double variance = covariance[i * kNiqeFeatures + i];
    if (variance <= 0.0) {
      throw CheckpointError(std::string("is damaged: the variance of feature ") +
                            std::to_string(i + 1) + " in '" + kCovarianceKey + "' is not positive");
    }
    for (std::size_t j = 0; j < i; ++j) {
      const double difference =
          covariance[i * kNiqeFeatures + j] - covariance[j * kNiqeFeatures + i];
      const double scale = std::sqrt(variance * covariance[j * kNiqeFeatures + j]);
      if (std::abs(difference) > 1e-6 * scale) {
        throw CheckpointError(std::string("is damaged: '") + kCovarianceKey + "' is not symmetric");
      }
    }
  }
}

NiqeModel read_model(const std::filesystem::path& path) {
  const tensorfile::FileSource source(path);
  const std::map<std::string, NpyArray> arrays = read_npz(source);
  const NpyArray& mean = array_named(arrays, kMeanKey);
  const NpyArray& covariance = array_named(arrays, kCovarianceKey);
  if (mean.values.size() != kNiqeFeatures) {
    throw CheckpointError(std::string("has '") + kMeanKey + "' of shape " + shape_text(mean) +
                          ", where 36 numbers were expected");
  }
  if (covariance.shape != std::vector<std::int64_t>{kSide, kSide}) {
    throw CheckpointError(std::string("has '") + kCovarianceKey + "' of shape " +
                          shape_text(covariance) + ", where 36x36 was expected");
  }
  check_covariance(covariance.values);
  constexpr std::size_t kDigits = 8;
  return {mean.values, covariance.values,
          path.filename().string() + ", sha256 " + sha256_file(path).substr(0, kDigits)};
}

}  // namespace

NiqeModel load_niqe_model(const std::filesystem::path& path) {
  try {
    return read_model(path);
  } catch (const CheckpointError& error) {
    throw CheckpointError(path.string() + ": " + error.what());
  }
}

void save_niqe_model(const std::filesystem::path& path, const NiqeModel& model,
                     AtomicFile::Existing existing) {
  TORCH_CHECK(model.mean.size() == kNiqeFeatures &&
                  model.covariance.size() == kNiqeFeatures * kNiqeFeatures,
              "a NIQE model has 36 means and 36x36 covariances, but this one has ",
              model.mean.size(), " and ", model.covariance.size());
  // BasicSR takes its filter from the file.
  const std::vector<double> window = mscn_window();
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(window.size())));
  write_npz(path,
            {{kMeanKey, {{1, kSide}, model.mean}},
             {kCovarianceKey, {{kSide, kSide}, model.covariance}},
             {kWindowKey, {{side, side}, window}}},
            existing);
}

}  // namespace vcisr::metrics
