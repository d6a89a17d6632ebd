// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace vcisr::trainers {

/// Numbers by name, in order.
using NamedNumbers = std::vector<std::pair<std::string, double>>;

/// What is logged every print_freq steps.
struct LogPoint {
  std::int64_t step = 0;  ///< Completed updates.
  std::int64_t epoch = 0;
  std::vector<double>
      learning_rates;        ///< The generator's, then the discriminator's if there is one.
  double step_seconds = 0;   ///< Wall time of a step, data included.
  double data_seconds = 0;   ///< Of it, waiting for data.
  double eta_seconds = 0;    ///< To the end of the training.
  NamedNumbers losses;       ///< "l_g_pix", …
  NamedNumbers others = {};  ///< "grad_norm_g", "loss_scale", "skipped_steps", …
};

/// One data set's means.
struct ValidationPoint {
  std::int64_t step = 0;
  std::string dataset;
  NamedNumbers metrics;  ///< "psnr" in dB, "ssim", …
};

/// BasicSR's line, which people's scripts parse:
///   [4x_VC..][epoch:  0, iter:     100, lr:(1.000e-04,)] [eta: 14:11:33, time (data): 0.420
///   (0.010)] l_g_pix: 1.2000e-02 l_g_percep: …
/// in one line and without a space at its end. The others follow the losses.
[[nodiscard]] std::string format_log_line(const std::string& experiment, const LogPoint& point);

/// "14:11:33", "1 day, 0:00:07": h:mm:ss of whole seconds, rounded down, as Python's timedelta
/// prints them. Negative and unknown durations are "0:00:00".
[[nodiscard]] std::string format_duration(double seconds);

struct TrainingLogOptions {
  std::string experiment;                   ///< Name, for the lines.
  std::filesystem::path metrics_path;       ///< …/metrics.jsonl; its folder is made.
  std::filesystem::path event_folder = {};  ///< TensorBoard's; empty for none.
  std::int64_t resume_step = 0;  ///< Completed updates at the start; later lines are dropped.
};

/// One place for a training's numbers: metrics.jsonl, TensorBoard events, and lines in the log.
///
/// metrics.jsonl has a line for each point, in the order of their steps:
///   {"step": 100, "epoch": 0, "time": 0.42, "data_time": 0.01, "lr": 1e-4, "lr_d": 1e-4,
///    "losses": {"l_g_pix": 0.012}, "others": {…}, "wall_time": 1700000000.5}
///   {"step": 5000, "validation": {"Set5": {"psnr": 30.1}}, "wall_time": …}
/// where numbers that are not finite are null; "lr_d" and "others" are left out where there are
/// none. TensorBoard's tags: losses/<loss>, others as they are, lr (lr_d), time, data_time,
/// metrics/<dataset>/<metric>, and the pictures' own.
///
/// Lines reach the file at once. A line that a killed run left unfinished, and lines of steps after
/// resume_step, are dropped at the start, atomically.
/// Threads  one.
/// Errors   OutputError: files that cannot be written, disk full; InputError: metrics.jsonl that
///          cannot be read.
class TrainingLog {
 public:
  explicit TrainingLog(TrainingLogOptions options);
  ~TrainingLog();
  TrainingLog(const TrainingLog&) = delete;
  TrainingLog& operator=(const TrainingLog&) = delete;

  /// Also logs format_log_line as info.
  void add(const LogPoint& point);
  /// Also logs a line: "validation at 5000, Set5: psnr 30.1000 ssim 0.8712".
  void add(const ValidationPoint& point);
  /// To TensorBoard only. rgb: uint8 [3, H, W].
  void add_image(const std::string& tag, const torch::Tensor& rgb, std::int64_t step);
  /// To TensorBoard only.
  void add_text(const std::string& tag, const std::string& text, std::int64_t step);

  [[nodiscard]] const std::filesystem::path& metrics_path() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::trainers
