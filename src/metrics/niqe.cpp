// SPDX-License-Identifier: Apache-2.0
#include "vcisr/metrics/niqe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/torch.h>

#include "metrics/niqe_features.h"

namespace vcisr::metrics {
namespace {

constexpr auto kSide = static_cast<std::int64_t>(kNiqeFeatures);

/// Singular values below this share of the largest count as zero: PyTorch's and numpy's defaults.
double cutoff_of(NiqeConvention convention) {
  return convention == NiqeConvention::kPyiqa
             ? static_cast<double>(kSide) * std::numeric_limits<double>::epsilon()
             : 1e-15;
}

/// sqrt(d^T pinv((a + b) / 2) d).
double distance(const std::vector<double>& difference, const std::vector<double>& a,
                const std::vector<double>& b, NiqeConvention convention) {
  torch::Tensor mean = torch::empty({kSide, kSide}, torch::kFloat64);
  auto* const out = mean.mutable_data_ptr<double>();
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = (a[i] + b[i]) / 2.0;
  const torch::Tensor inverse = at::linalg_pinv(mean, cutoff_of(convention));
  const torch::Tensor vector = torch::tensor(difference, torch::kFloat64);
  return std::sqrt(vector.dot(inverse.mv(vector)).item<double>());
}

}  // namespace

double niqe(const torch::Tensor& rgb, const NiqeModel& model, NiqeConvention convention) {
  TORCH_CHECK(model.mean.size() == kNiqeFeatures &&
                  model.covariance.size() == kNiqeFeatures * kNiqeFeatures,
              "NIQE needs a model of 36 means and 36x36 covariances, but it was given ",
              model.mean.size(), " and ", model.covariance.size());
  const torch::NoGradGuard no_grad;
  std::vector<NiqeRow> rows = niqe_blocks(rgb, convention).features;
  const std::size_t blocks = rows.size();
  const NiqeRow mean = mean_of(rows);
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [](const NiqeRow& row) { return !is_complete(row); }),
             rows.end());
  const std::size_t least = convention == NiqeConvention::kPyiqa ? 1 : 2;
  TORCH_CHECK(rows.size() >= least, convention == NiqeConvention::kPyiqa ? "" : "BasicSR's ",
              "NIQE needs at least ", least, least == 1 ? " block" : " blocks", " of ",
              kNiqeBlockPx, "x", kNiqeBlockPx, " pixels that are not flat, but the picture has ",
              rows.size(), " of ", blocks);
  std::vector<double> difference(kNiqeFeatures);
  for (std::size_t i = 0; i < kNiqeFeatures; ++i) difference[i] = model.mean[i] - mean[i];
  const double score = distance(difference, model.covariance, covariance_of(rows), convention);
  TORCH_CHECK(std::isfinite(score), "NIQE of this picture is not a number with the model ",
              model.name);
  return score;
}

}  // namespace vcisr::metrics
