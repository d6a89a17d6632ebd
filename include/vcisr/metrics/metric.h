// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vcisr/metrics/picture.h"

namespace vcisr::metrics {

enum class Better { kHigher, kLower };

/// One number that a metric gives for each picture or frame.
struct Column {
  std::string name;  ///< The convention in one word: "psnr_y", "delta_ssim".
  std::string unit;  ///< "dB", or "" for numbers without one.
  Better better = Better::kHigher;
  int decimals = 4;  ///< That are worth printing.
};

/// A number for a whole film or set that is more than a statistic of a column: the PSNR of the
/// pooled squared error, a harmonic mean.
struct PooledScore {
  Column column;
  double value = 0;
};

/// What a metric gives for one picture or frame.
struct Scores {
  /// One for each column. Infinity: the pictures are identical. NaN: not defined here (flicker of
  /// the first frame).
  std::vector<double> values;
  /// What pooled() wants the sums of: squared errors, counts.
  std::vector<double> terms;
};

/// What is looked at: pictures of one size and bit depth.
struct Comparison {
  PicturePtr distorted;
  PicturePtr reference;           ///< Null without one.
  PicturePtr compressed;          ///< What `distorted` was restored from; null without it.
  PicturePtr previous_distorted;  ///< The frame before; null for the first one and for pictures.
  PicturePtr previous_reference;
};

struct MetricInfo {
  std::string name;      ///< As the registry has it.
  std::string protocol;  ///< How it is computed, in one sentence that a reader can repeat it from.
  std::vector<Column> columns;
  bool needs_reference = true;
  bool needs_compressed = false;
  bool needs_previous = false;
  bool needs_planes = false;  ///< Looks at the planes of a film as they are stored.
  bool needs_order = false;   ///< A frame's number depends on those before it: sequence_meter().
};

/// Takes the frames of one film in order, where each depends on those before it.
class SequenceMeter {
 public:
  virtual ~SequenceMeter() = default;
  virtual void add(const Comparison& frame) = 0;
  /// For each frame that was added.
  [[nodiscard]] virtual std::vector<Scores> finish() = 0;
};

/// A metric with its options.
///
/// Threads  const members from any thread; each uses one.
/// Errors   c10::Error in one sentence for pictures that it cannot measure: too small, constant
///          (where that has no score), of different sizes.
class Metric {
 public:
  virtual ~Metric() = default;

  [[nodiscard]] virtual const MetricInfo& info() const noexcept = 0;

  [[nodiscard]] virtual Scores measure(const Comparison& comparison) const = 0;

  /// Numbers of a whole film or set from the sums of `terms` over all its frames.
  [[nodiscard]] virtual std::vector<PooledScore> pooled(std::span<const double> sums) const;

  /// For info().needs_order: what takes the frames in order, instead of measure(). Null for all
  /// others.
  [[nodiscard]] virtual std::unique_ptr<SequenceMeter> sequence_meter() const;
};

using MetricPtr = std::unique_ptr<const Metric>;

/// The first column for two 8-bit pictures: what a training's validation asks for.
///
/// Shape   restored, hq: uint8 [3, H, W], RGB, equal sizes, any device.
[[nodiscard]] double score(const Metric& metric, const torch::Tensor& restored,
                           const torch::Tensor& hq);

}  // namespace vcisr::metrics
