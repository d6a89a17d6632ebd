// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace vcisr::trainers {

/// Writes a TensorBoard event file: `events.out.tfevents.<time>.<host>.<pid>.<number>` in a folder
/// that may hold those of earlier runs.
///
/// Records are collected and go to the file in one piece by flush() (or with the object, errors
/// then being dropped); a run that is killed leaves a file that TensorBoard reads.
/// Units    `step` is the number of completed updates. Non-finite scalars are written as they are:
///          TensorBoard marks them.
/// Threads  one.
/// Errors   OutputError: folder or file that cannot be made, disk full.
class EventFile {
 public:
  /// With `resume_step` a session begins there: TensorBoard forgets what earlier files of the
  /// folder say of later steps. The folder is made.
  explicit EventFile(const std::filesystem::path& folder,
                     std::optional<std::int64_t> resume_step = std::nullopt);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void add_scalar(const std::string& tag, double value, std::int64_t step);
  /// One record for all.
  void add_scalars(const std::vector<std::pair<std::string, double>>& values, std::int64_t step);
  /// rgb: uint8 [3, H, W], any device and strides. Errors  c10::Error for another shape or type.
  void add_image(const std::string& tag, const torch::Tensor& rgb, std::int64_t step);
  /// Markdown, for TensorBoard's text page.
  void add_text(const std::string& tag, const std::string& text, std::int64_t step);
  void flush();

  [[nodiscard]] const std::filesystem::path& path() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::trainers
