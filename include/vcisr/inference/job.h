// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "vcisr/inference/plan.h"
#include "vcisr/inference/restore_film.h"
#include "vcisr/inference/restore_image.h"

namespace vcisr::inference {

/// How everything of a plan is read, restored and written.
struct JobOptions {
  media::VideoDecoderOptions decoder;
  media::Rational sequence_rate{25, 1};  ///< Of numbered pictures.
  FilmSinkOptions film_sink;
  FilmOptions film;  ///< Its on_progress and stop are set by the job.
  ImageOptions image;
  media::ImageWriteOptions image_write;
  bool discard_output = false;  ///< Everything is done but writing: for benchmarks.
};

/// What became of one item.
struct ItemResult {
  WorkItem item;
  std::exception_ptr error;  ///< Set when it failed.
  double seconds = 0;
  std::int64_t input_width = 0, input_height = 0;
  std::int64_t output_width = 0, output_height = 0;
  std::optional<FilmReport> film;  ///< Films and sequences.
  std::string encoder;             ///< Of films, e.g. "libx264 yuv420p in out.mp4".
  std::vector<std::string> notes;  ///< What was left out, guessed or changed.
};

/// Told as the job goes on, one call at a time.
struct JobObserver {
  std::function<void(const WorkItem&, std::size_t index, std::size_t count,
                     std::optional<std::int64_t> expected_frames)>
      on_start;
  std::function<void(std::int64_t frames_done)> on_frames;
  std::function<void(const ItemResult&)> on_done;
};

/// Works through a plan: pictures through a load-restore-save pipeline, films one after the other.
///
/// Errors  in a folder job an item that cannot be read or written is told by its result and the
/// rest
///         goes on; in a single job it is thrown. Interrupted and DeviceError always
///         are thrown.
[[nodiscard]] std::vector<ItemResult> run_job(const Plan& plan, Restorer& restorer,
                                              const JobOptions& options,
                                              const JobObserver& observer, std::stop_token stop);

}  // namespace vcisr::inference
