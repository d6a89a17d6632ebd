// SPDX-License-Identifier: Apache-2.0
// Whether two films may be compared frame by frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/evaluation/evaluation.h"
#include "vcisr/media/video_decoder.h"
#include "vcisr/metrics/picture.h"

namespace vcisr::evaluation {

/// "h264 1280x720 yuv420p, BT.709 limited, chroma left; its edit list hides 2 pictures".
[[nodiscard]] std::string describe_film(const media::VideoInfo& info);

/// Errors  InputError that says what to do: sizes, bit depths, ranges, display turns differ; and,
///         where planes are compared, chroma formats.
void check_films(const media::VideoInfo& distorted, const media::VideoInfo& other,
                 const EvaluationOptions& options, bool needs_planes);

/// The sentence for films of which one ends first, after `frames` frames.
[[nodiscard]] std::string count_mismatch(const media::VideoInfo& shorter,
                                         const media::VideoInfo& longer, std::int64_t frames);

/// Finds what equal numbers of frames cannot show: frames that are shown at other times, and a film
/// that is one frame early or late.
class AlignmentCheck {
 public:
  /// Where the films show a frame more than half a frame apart. `period_s`: of a frame, 0 unknown.
  void compare_times(std::int64_t frame, double distorted_s, double reference_s, double period_s);

  /// A coarse look at two frames; all frames in order, without gaps.
  void compare_looks(const metrics::Picture& distorted, const metrics::Picture& reference);

  /// Sentences for what was found.
  [[nodiscard]] std::vector<std::string> findings() const;

 private:
  using Look = std::vector<std::uint8_t>;

  static Look look_of(const metrics::Picture& picture);

  std::string time_finding_;
  Look previous_distorted_;
  Look previous_reference_;
  // Sums of differences: of the same frames, of a frame and the reference's next or previous one.
  double same_ = 0;
  double early_ = 0;
  double late_ = 0;
  std::int64_t pairs_ = 0;
};

}  // namespace vcisr::evaluation
