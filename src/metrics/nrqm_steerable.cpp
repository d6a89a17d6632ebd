// SPDX-License-Identifier: Apache-2.0
//
// The features of DIIVINE (Moorthy and Bovik 2011) that NRQM keeps. Bands are divided by a Gaussian
// scale mixture's local scale (Portilla et al. 2003): z^2 = y' C^-1 y / n, where y are a sample's
// neighbours and C their covariance in this band.
#include "metrics/nrqm_steerable.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <torch/torch.h>

#include "metrics/generalised_gaussian.h"
#include "metrics/nrqm_structure.h"
#include "metrics/steerable_pyramid.h"
#include "vcisr/ops/resize.h"

namespace vcisr::metrics {
namespace {

constexpr std::size_t kLevels = SteerablePyramid::kLevels;
constexpr std::size_t kOrientations = SteerablePyramid::kOrientations;
constexpr std::int64_t kGuardBandPx = 16;        // of the first level; half of it in the second
constexpr std::int64_t kChunkSamples = 1 << 14;  // 2 MB of neighbours at a time
constexpr double kNoise = 15 * 2.220446049250313e-16;  // of an eigenvalue, relative to the largest

using Bands = std::array<std::array<torch::Tensor, kOrientations>, kLevels>;

/// MATLAB's imresize, in float32 as the published features have it.
torch::Tensor resized(const torch::Tensor& band, std::int64_t height, std::int64_t width) {
  return ops::resize(band.to(torch::kFloat32).unsqueeze(0).unsqueeze(0), height, width)
      .squeeze(0)
      .squeeze(0)
      .to(torch::kFloat64);
}

/// What surrounds each sample of a band that is not at its edge: the 3x3 samples around it, the
/// parent (the same place in the level below) if there is one, the other orientations.
class Neighbourhood {
 public:
  Neighbourhood(const SteerablePyramid& pyramid, std::size_t level, std::size_t orientation)
      : height_(pyramid.bands[level][orientation].size(0) - 2),
        width_(pyramid.bands[level][orientation].size(1) - 2) {
    const torch::Tensor& band = pyramid.bands[level][orientation];
    for (std::int64_t dy = -1; dy <= 1; ++dy) {
      for (std::int64_t dx = -1; dx <= 1; ++dx) add(band, 1 + dy, 1 + dx);
    }
    if (level + 1 < kLevels) {
      const torch::Tensor& parent = pyramid.bands[level + 1][orientation];
      add(resized(parent, 2 * parent.size(0), 2 * parent.size(1)), 1, 1);
    }
    // The published features divide by the number of neighbours without the other orientations.
    divisor_ = static_cast<double>(members_.size());
    for (std::size_t other = 0; other < kOrientations; ++other) {
      if (other != orientation) add(pyramid.bands[level][other], 1, 1);
    }
  }

  /// y' C^-1 y / n for each sample, float64 [height - 2, width - 2] of the band's size.
  [[nodiscard]] torch::Tensor squared_scale() const {
    const torch::Tensor inverse = inverse_covariance();
    torch::Tensor scale = torch::empty({height_, width_}, torch::kFloat64);
    for_each_chunk([&](const torch::Tensor& neighbours, std::int64_t first, std::int64_t rows) {
      scale.narrow(0, first, rows)
          .copy_((inverse.mm(neighbours) * neighbours).sum(0).view({rows, width_}));
    });
    return scale.div_(divisor_);
  }

 private:
  /// A member's first sample and its row stride; the tensor keeps the samples alive.
  struct Member {
    torch::Tensor samples;
    const double* first;
    std::int64_t stride;
  };

  void add(const torch::Tensor& samples, std::int64_t top, std::int64_t left) {
    const std::int64_t stride = samples.size(1);
    members_.push_back({samples, samples.const_data_ptr<double>() + top * stride + left, stride});
  }

  /// Calls take(neighbours [members, rows * width], first row, rows) until all rows are done.
  template <class Take>
  void for_each_chunk(const Take& take) const {
    const std::int64_t most_rows = std::clamp<std::int64_t>(kChunkSamples / width_, 1, height_);
    for (std::int64_t first = 0; first < height_; first += most_rows) {
      const std::int64_t rows = std::min(most_rows, height_ - first);
      torch::Tensor neighbours = torch::empty(
          {static_cast<std::int64_t>(members_.size()), rows * width_}, torch::kFloat64);
      auto* out = neighbours.mutable_data_ptr<double>();
      for (const Member& member : members_) {
        for (std::int64_t y = first; y < first + rows; ++y, out += width_) {
          std::memcpy(out, member.first + y * member.stride, sizeof(double) * width_);
        }
      }
      take(neighbours, first, rows);
    }
  }

  /// Eigenvalues below zero are cut off and the others scaled to the same sum; the inverse is that
  /// of least squares, without what is left of directions of no variance.
  [[nodiscard]] torch::Tensor inverse_covariance() const {
    const auto count = static_cast<std::int64_t>(members_.size());
    torch::Tensor covariance = torch::zeros({count, count}, torch::kFloat64);
    for_each_chunk([&covariance](const torch::Tensor& neighbours, std::int64_t, std::int64_t) {
      covariance.addmm_(neighbours, neighbours.t());
    });
    covariance.div_(static_cast<double>(height_ * width_));
    const auto [values, vectors] = torch::linalg_eigh(covariance);
    const torch::Tensor clipped = values.clamp_min(0.0);
    const double kept = clipped.sum().item<double>();
    if (!(kept > 0.0)) return torch::zeros_like(covariance);
    const torch::Tensor scaled = clipped * (values.sum() / kept);
    const torch::Tensor is_noise = scaled <= kNoise * scaled.max();
    const torch::Tensor inverse = scaled.reciprocal().masked_fill_(is_noise, 0.0);
    return (vectors * inverse).mm(vectors.t());
  }

  std::int64_t height_;
  std::int64_t width_;
  std::vector<Member> members_;
  double divisor_ = 0.0;
};

/// One band divided by its local scale, without the guard band, its mean taken off.
torch::Tensor normalised(const SteerablePyramid& pyramid, std::size_t level,
                         std::size_t orientation) {
  const torch::Tensor scale =
      Neighbourhood(pyramid, level, orientation).squared_scale().clamp_min_(0.0).sqrt_();
  const torch::Tensor& band = pyramid.bands[level][orientation];
  const torch::Tensor inner = band.narrow(0, 1, scale.size(0)).narrow(1, 1, scale.size(1));
  torch::Tensor ratio = (inner - inner.mean()).div_(scale).masked_fill_(scale == 0.0, 0.0);
  const std::int64_t guard = kGuardBandPx >> level;
  ratio =
      ratio.narrow(0, guard, ratio.size(0) - 2 * guard).narrow(1, guard, ratio.size(1) - 2 * guard);
  return (ratio - ratio.mean()).contiguous();
}

std::span<const double> samples_of(const torch::Tensor& plane) {
  return {plane.const_data_ptr<double>(), static_cast<std::size_t>(plane.numel())};
}

/// Appends the shapes of each band, and of both levels of an orientation together.
void add_shapes(const Bands& bands, std::vector<double>& features) {
  for (const auto& level : bands) {
    for (const auto& band : level) {
      features.push_back(generalised_gaussian_shape(samples_of(band)));
    }
  }
  for (std::size_t i = 0; i < kOrientations; ++i) {
    const torch::Tensor both = torch::cat({bands[0][i].flatten(), bands[1][i].flatten()});
    features.push_back(generalised_gaussian_shape(samples_of(both)));
  }
}

/// Appends the similarity of each band, enlarged to the picture's size, with the high-pass.
void add_similarities_to_high_pass(const SteerablePyramid& pyramid, std::vector<double>& features) {
  const LocalMoments high_pass = local_moments(pyramid.high_pass);
  for (const auto& level : pyramid.bands) {
    for (const auto& band : level) {
      const torch::Tensor full_size =
          resized(band, pyramid.high_pass.size(0), pyramid.high_pass.size(1));
      features.push_back(structure_similarity(local_moments(full_size), high_pass));
    }
  }
}

/// Appends the similarity of each two orientations of the first level.
void add_similarities_of_pairs(const Bands& bands, std::vector<double>& features) {
  std::vector<LocalMoments> moments;
  for (const auto& band : bands[0]) moments.push_back(local_moments(band));
  for (std::size_t i = 0; i < kOrientations; ++i) {
    for (std::size_t j = i + 1; j < kOrientations; ++j) {
      features.push_back(structure_similarity(moments[i], moments[j]));
    }
  }
}

}  // namespace

std::array<double, 45> steerable_features(const LumaPlane& luma) {
  const torch::Tensor samples = torch::from_blob(const_cast<double*>(luma.samples.data()),
                                                 {luma.height, luma.width}, torch::kFloat64);
  const SteerablePyramid pyramid = steerable_pyramid(samples);
  Bands bands;
  for (std::size_t level = 0; level < kLevels; ++level) {
    for (std::size_t i = 0; i < kOrientations; ++i) bands[level][i] = normalised(pyramid, level, i);
  }
  std::vector<double> features;
  add_shapes(bands, features);
  add_similarities_to_high_pass(pyramid, features);
  add_similarities_of_pairs(bands, features);
  std::array<double, 45> result{};
  TORCH_INTERNAL_ASSERT(features.size() == result.size());
  std::copy(features.begin(), features.end(), result.begin());
  return result;
}

}  // namespace vcisr::metrics
