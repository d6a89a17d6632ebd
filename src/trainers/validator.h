// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/data/training_data.h"
#include "vcisr/data/validation_pictures.h"
#include "vcisr/metrics/registry.h"
#include "vcisr/networks/network.h"
#include "vcisr/trainers/process_group.h"
#include "vcisr/trainers/train_options.h"
#include "vcisr/trainers/training_log.h"

namespace vcisr::trainers {

/// A restored validation picture.
struct ValidatedPicture {
  std::string dataset;
  std::string name;
  torch::Tensor restored;  ///< uint8 [3, H, W], CPU.
};

/// A metric by the name that the file gives it ("psnr").
struct NamedMetric {
  std::string name;
  metrics::MetricPtr metric;
};

/// The validation sets of a training file and what is measured on them: whole pictures, in exact
/// tiles where memory wants it, clamped and rounded to 8 bits as files would be.
///
/// Several processes share the pictures of a set; all of them get the means.
/// Threads  one.
class Validator {
 public:
  /// Which of `datasets`' sections count: those whose key begins with one of these.
  enum class Sets {
    kVal,        ///< val, val_1, …
    kValAndTest  ///< those, and test, test_1, …
  };

  /// Errors  ConfigError, InputError: sets that are not there.
  Validator(const Config& config, const TrainOptions& options, Sets sets,
            const data::TrainingDataContext& context);

  [[nodiscard]] bool is_empty() const { return sets_.empty(); }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const std::vector<NamedMetric>& metrics() const { return metrics_; }

  /// Means for each set; metrics of sets without hq are left out. `network` is in eval mode.
  /// Infinite values (identical pictures) are left out of a mean.
  /// Errors  InputError; Interrupted.
  [[nodiscard]] std::vector<ValidationPoint> run(
      networks::Network& network, const torch::Device& device, ProcessGroup& group,
      std::int64_t step, const std::function<void(const ValidatedPicture&)>& on_picture,
      const std::stop_token& stop) const;

 private:
  [[nodiscard]] ValidationPoint run_set(
      const data::ValidationPictures& set, networks::Network& network, const torch::Device& device,
      ProcessGroup& group, const std::function<void(const ValidatedPicture&)>& on_picture,
      const std::stop_token& stop) const;

  TrainOptions options_;
  std::vector<std::unique_ptr<data::ValidationPictures>> sets_;
  std::vector<NamedMetric> metrics_;
};

}  // namespace vcisr::trainers
