// SPDX-License-Identifier: Apache-2.0
#include "media/video_track.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "media/av_compat.h"
#include "media/container_table.h"
#include "media/video_source.h"
#include "vcisr/media/rotation.h"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/mastering_display_metadata.h>
}

namespace vcisr::media {
namespace {

constexpr double kMaxRate = 240;  // SVT-AV1 refuses more; no film has it

AVRational to_av_rational(const Rational& value) {
  AVRational reduced = {0, 1};
  av_reduce(&reduced.num, &reduced.den, value.num, value.den, INT32_MAX);
  return reduced;
}

bool is_rate(const Rational& rate) { return rate.num > 0 && rate.den > 0; }

template <class Value>
std::span<const std::uint8_t> bytes_of(const Value& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof(Value)};
}

/// In the container; x265 writes them into the pictures, which suffices where the source has them
/// only there.
void add_hdr(AVStream& stream, const EncoderSetup& setup, const AVStream* from_stream) {
  const bool is_in_pictures = std::string_view(setup.encoder->name) == "libx265";
  const bool is_in_source =
      from_stream == nullptr ||
      !stream_side_data(*from_stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA).empty() ||
      !stream_side_data(*from_stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL).empty();
  if (is_in_pictures && !is_in_source) return;
  if (setup.mastering_display) {
    const MasteringDisplay& from = *setup.mastering_display;
    AVMasteringDisplayMetadata to{};
    for (std::size_t color = 0; color < 3; ++color) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        to.display_primaries[color][axis] = to_av_rational(from.primaries[color][axis]);
      }
    }
    to.white_point[0] = to_av_rational(from.white_point[0]);
    to.white_point[1] = to_av_rational(from.white_point[1]);
    to.min_luminance = to_av_rational(from.min_luminance);
    to.max_luminance = to_av_rational(from.max_luminance);
    to.has_primaries = from.has_primaries ? 1 : 0;
    to.has_luminance = from.has_luminance ? 1 : 0;
    add_stream_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, bytes_of(to));
  }
  if (setup.content_light) {
    const AVContentLightMetadata to{setup.content_light->max_content,
                                    setup.content_light->max_average};
    add_stream_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, bytes_of(to));
  }
}

}  // namespace

AVRational nominal_frame_rate(const VideoInfo& source) {
  const Rational& base = source.base_frame_rate;
  const Rational& average = source.frame_rate;
  const bool is_base_sensible = is_rate(base) && base.value() <= kMaxRate &&
                                (!is_rate(average) || base.value() <= 4 * average.value());
  if (is_base_sensible) return to_av_rational(base);
  if (is_rate(average)) {
    return average.value() <= kMaxRate ? to_av_rational(average) : AVRational{240, 1};
  }
  return {25, 1};
}

AVRational film_clock(const VideoInfo& source, AVRational frame_rate) {
  return is_rate(source.time_base) ? to_av_rational(source.time_base) : av_inv_q(frame_rate);
}

AVRational film_aspect(const VideoInfo& source, int quarter_turns) {
  if (!is_rate(source.sample_aspect_ratio)) return {0, 1};
  const AVRational aspect = to_av_rational(source.sample_aspect_ratio);
  return quarter_turns % 2 == 1 ? av_inv_q(aspect) : aspect;
}

int needed_quarter_turns(const AVOutputFormat& muxer, const VideoInfo& source,
                         std::vector<std::string>& notes) {
  if (!source.display_matrix || holds_rotation(muxer)) return 0;
  const auto turns = display_quarter_turns(source);
  if (!turns) {
    notes.push_back(std::string("the film's display matrix is no turn by quarters; ") + muxer.name +
                    " cannot hold it and it is left out");
    return 0;
  }
  const int quarters = *turns;
  if (quarters != 0) {
    notes.push_back(std::string(muxer.name) +
                    " cannot hold the film's rotation; the pictures are "
                    "turned clockwise by " +
                    std::to_string(quarters * 90) + " degrees");
  }
  return quarters;
}

AVStream& add_video_stream(AVFormatContext& output, const AVCodecContext& encoder,
                           const VideoInfo& source, const EncoderSetup& setup, AVRational clock,
                           const AVStream* from_stream) {
  AVStream* const stream = avformat_new_stream(&output, nullptr);
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, &encoder) < 0) {
    throw std::bad_alloc();
  }
  const ContainerKind kind = container_kind(*output.oformat);
  const bool is_iso = kind == ContainerKind::kMp4 || kind == ContainerKind::kMov;
  if (is_iso && encoder.codec_id == AV_CODEC_ID_HEVC) {
    stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');  // Apple's players refuse hev1
  }
  // These count frames; everything else keeps the film's clock.
  const bool counts_frames = kind == ContainerKind::kAvi || holds_only_video(*output.oformat);
  stream->time_base = counts_frames ? encoder.time_base : clock;
  stream->avg_frame_rate =
      is_rate(source.frame_rate) ? to_av_rational(source.frame_rate) : setup.frame_rate;
  if (counts_frames) stream->avg_frame_rate = setup.frame_rate;
  stream->r_frame_rate = setup.frame_rate;
  stream->sample_aspect_ratio = setup.sample_aspect_ratio;
  stream->disposition = AV_DISPOSITION_DEFAULT;
  if (is_iso && source.display_matrix) {
    add_stream_side_data(*stream, AV_PKT_DATA_DISPLAYMATRIX, bytes_of(*source.display_matrix));
  }
  add_hdr(*stream, setup, from_stream);
  return *stream;
}

bool needs_metadata_keys(const AVFormatContext& output, std::vector<std::string>& notes) {
  if (container_kind(*output.oformat) != ContainerKind::kMp4) return false;
  static constexpr std::array<std::string_view, 27> kOwn = {
      "title",         "artist",           "album_artist",  "composer",     "album",
      "date",          "comment",          "genre",         "copyright",    "grouping",
      "lyrics",        "description",      "synopsis",      "show",         "episode_id",
      "network",       "keywords",         "season_number", "episode_sort", "media_type",
      "hd_video",      "gapless_playback", "track",         "disc",         "tmpo",
      "creation_time", "encoder"};
  std::vector<std::string> other;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(output.metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    // The muxer looks its keys up without regard to case.
    const bool is_own = std::any_of(kOwn.begin(), kOwn.end(), [entry](std::string_view own) {
      return av_strcasecmp(own.data(), entry->key) == 0;
    });
    if (!is_own) other.emplace_back(entry->key);
  }
  if (other.empty()) return false;
  for (unsigned i = 0; i < output.nb_streams; ++i) {
    if (!is_cover_art(*output.streams[i])) continue;
    std::string list;
    for (const auto& key : other) list += (list.empty() ? "" : ", ") + key;
    notes.push_back("metadata that mp4 cannot hold beside cover art is left out: " + list);
    return false;
  }
  return true;
}

}  // namespace vcisr::media
