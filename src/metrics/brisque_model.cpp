// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include <torch/torch.h>

#include "metrics/libsvm.h"
#include "tensorfile/byte_source.h"
#include "vcisr/core/error.h"
#include "vcisr/metrics/brisque.h"

namespace vcisr::metrics {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;

std::string read_text(const std::filesystem::path& path) {
  const tensorfile::FileSource source(path);
  if (source.size() > kMostBytes) throw CheckpointError("is larger than any BRISQUE model");
  const auto bytes = source.read(0, source.size());
  return {bytes.begin(), bytes.end()};
}

/// Calls `read` and puts the path before its messages.
template <class Read>
auto about(const std::filesystem::path& path, const Read& read) {
  try {
    return read();
  } catch (const CheckpointError& error) {
    throw CheckpointError(path.string() + ": " + error.what());
  }
}

std::string describe(const std::string& format, const std::filesystem::path& path,
                     const RbfRegression& regression) {
  std::array<char, 32> rho{};
  std::snprintf(rho.data(), rho.size(), "%.3f", regression.rho);
  return format + " " + path.stem().string() + ", rho " + rho.data() + ", " +
         std::to_string(regression.support_vectors.size()) + " support vectors";
}

}  // namespace

double RbfRegression::predict(const BrisqueFeatures& scaled) const {
  double sum = 0.0;
  for (std::size_t k = 0; k < support_vectors.size(); ++k) {
    double distance = 0.0;
    for (std::size_t i = 0; i < kBrisqueFeatures; ++i) {
      const double difference = scaled[i] - support_vectors[k][i];
      distance += difference * difference;
    }
    sum += coefficients[k] * std::exp(-gamma * distance);
  }
  return sum - rho;
}

BrisqueFeatures FeatureRange::scale(const BrisqueFeatures& features) const {
  BrisqueFeatures scaled{};
  for (std::size_t i = 0; i < kBrisqueFeatures; ++i) {
    scaled[i] = lower + (upper - lower) * (features[i] - low[i]) / (high[i] - low[i]);
  }
  return scaled;
}

BrisqueModel::BrisqueModel(RbfRegression regression, FeatureRange range, std::string name)
    : regression_(std::move(regression)), range_(range), name_(std::move(name)) {
  TORCH_CHECK(regression_.coefficients.size() == regression_.support_vectors.size(),
              "a BRISQUE model needs a coefficient for each support vector, but it has ",
              regression_.coefficients.size(), " for ", regression_.support_vectors.size());
}

BrisqueModel BrisqueModel::load(const std::filesystem::path& model,
                                const std::filesystem::path& range) {
  const std::string model_text = about(model, [&model] { return read_text(model); });
  const std::string range_text = about(range, [&range] { return read_text(range); });
  const bool is_opencv = is_opencv_yaml(model_text);
  if (is_opencv != is_opencv_yaml(range_text)) {
    throw CheckpointError(range.string() + ": does not belong to " + model.string() + ": one is " +
                          "OpenCV's YAML, the other LIBSVM's text");
  }
  RbfRegression regression = about(model, [&model_text, is_opencv] {
    return is_opencv ? parse_opencv_model(model_text) : parse_libsvm_model(model_text);
  });
  const FeatureRange ranges = about(range, [&range_text, is_opencv] {
    return is_opencv ? parse_opencv_range(range_text) : parse_libsvm_range(range_text);
  });
  std::string name = describe(is_opencv ? "opencv" : "libsvm", model, regression);
  return {std::move(regression), ranges, std::move(name)};
}

double BrisqueModel::score(const BrisqueFeatures& features) const {
  return regression_.predict(range_.scale(features));
}

}  // namespace vcisr::metrics
