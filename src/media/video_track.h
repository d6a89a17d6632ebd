// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "media/av_ptr.h"
#include "media/encoder_session.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::media {

/// The rate that the encoder is told: the one whose ticks hold the film's times where that is
/// sensible, else the average, else 25.
[[nodiscard]] AVRational nominal_frame_rate(const VideoInfo& source);

/// The clock that frames' times count: the film's own, or one tick per frame for sources without.
[[nodiscard]] AVRational film_clock(const VideoInfo& source, AVRational frame_rate);

/// Of the pixels after the turns.
[[nodiscard]] AVRational film_aspect(const VideoInfo& source, int quarter_turns);

/// Clockwise turns which the container cannot note down. Mirrored and slanted pictures get a note
/// instead.
[[nodiscard]] int needed_quarter_turns(const AVOutputFormat& muxer, const VideoInfo& source,
                                       std::vector<std::string>& notes);

/// The output's stream for the film, with everything that its packets do not say. `from_stream` is
/// the source's, nullptr where it is not at hand.
[[nodiscard]] AVStream& add_video_stream(AVFormatContext& output, const AVCodecContext& encoder,
                                         const VideoInfo& source, const EncoderSetup& setup,
                                         AVRational clock, const AVStream* from_stream);

/// True if mp4's own tags do not cover the container's metadata, and cover art does not need them.
[[nodiscard]] bool needs_metadata_keys(const AVFormatContext& output,
                                       std::vector<std::string>& notes);

}  // namespace vcisr::media
