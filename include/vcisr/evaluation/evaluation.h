// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "vcisr/evaluation/pairing.h"
#include "vcisr/evaluation/result.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Differences between inputs that are an error unless they are accepted.
struct Accepted {
  bool range = false;   ///< Limited against full colour range.
  bool count = false;   ///< Films of different lengths: what both have is compared.
  bool matrix = false;  ///< Planes of films with different colour matrices.
  bool alpha = false;   ///< Transparency on one side only; it is left out either way.
};

struct EvaluationOptions {
  int threads = 0;             ///< That measure; 0: as many as the machine has.
  std::int64_t subsample = 1;  ///< Every how many frames are measured.
  /// Rounds all samples to so many bits first; without it both sides must have the same.
  std::optional<int> bit_depth;
  /// For all films. A raw film without a size takes it, its format and its colours from its
  /// partner.
  media::VideoDecoderOptions decoder;
  Accepted accepted;
  std::size_t ranked_column = 0;  ///< Which the worst frames are chosen by.
  std::size_t worst_frames = 8;   ///< How many are kept to look at.
};

struct EvaluationObserver {
  /// Before the first frame of each item; pictures count one frame each.
  std::function<void(const EvaluationItem& item, std::optional<std::int64_t> frames)> on_start;
  /// Frames measured so far, of all items.
  std::function<void(std::int64_t frames)> on_frame;
};

/// Measures all items.
///
/// Frames   by number. Films must have equally many, of one size, bit depth and colour range.
/// Colour   Planes as stored; RGB of films as imaging::FilmReader makes it, rounded to their bit
///          depth; of pictures as their files have it.
/// Threads  `threads` measure frames (each with one intra-op thread), one reads each film; numbers
///          do not depend on how many.
/// Memory   flat in a film's length but for the numbers themselves: 8 bytes for each frame and
///          column. About 2 threads + 4 frames of each film are held.
/// Errors   What makes one item unmeasurable (files that cannot be read or compared, pictures too
///          small for a metric) is its SequenceResult::error, one sentence. ConfigError: metrics
///          that want a reference or a compressed source, which an item lacks; Interrupted.
[[nodiscard]] Result evaluate(const std::vector<EvaluationItem>& items,
                              const std::vector<metrics::MetricPtr>& metrics,
                              const EvaluationOptions& options,
                              const EvaluationObserver& observer = {},
                              const std::stop_token& stop = {});

}  // namespace vcisr::evaluation
