// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "vcisr/inference/frame_stream.h"
#include "vcisr/inference/restorer.h"

namespace vcisr::inference {

struct FilmOptions {
  std::int64_t batch = 0;  ///< Frames forwarded together; 0 = 1 on the CPU, by memory on a GPU.
  std::int64_t process_workers = 0;  ///< Threads of the middle stage; 0 = by the network's cost.
  /// Called after every written frame from the writing thread, with the number of frames done.
  std::function<void(std::int64_t frames_done)> on_progress;
  std::stop_token stop;
};

struct FilmReport {
  std::int64_t frames_read = 0;
  std::int64_t frames_written = 0;
  std::int64_t damage_count = 0;
  double seconds = 0;
  /// At work, waiting not counted, summed over the threads of a stage.
  double decode_seconds = 0;
  double process_seconds = 0;  ///< Colour conversion, network, colour conversion.
  double encode_seconds = 0;
  std::int64_t process_workers = 1;
  RestorerEvents events;
};

/// Every frame of the source through the network into the sink; frames in = frames out.
///
/// Stages   decode, process, encode run on threads of their own with bounded queues; order is kept.
/// Colour   planes -> float RGB by the source's matrix, range and chroma location; unclamped until
/// the
///          final quantisation by the sink's, unless the network asks for [0, 1].
/// Memory   flat in the film's length.
/// Errors   those of source, restorer and sink; Interrupted when stopped. The sink is not finished
/// then.
[[nodiscard]] FilmReport restore_film(FrameSource& source, Restorer& restorer, FrameSink& sink,
                                      const FilmOptions& options);

/// Size of the frames that `restore_film` will give to the sink (before the sink's rotation).
[[nodiscard]] FrameSize restored_size(const media::VideoInfo& source, const Restorer& restorer);

}  // namespace vcisr::inference
