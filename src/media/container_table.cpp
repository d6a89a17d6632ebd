// SPDX-License-Identifier: Apache-2.0
#include "media/container_table.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "media/av_log.h"
#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::media {
namespace {

constexpr const char* kUsual = "mp4, mov, m4v, mkv, webm, ts, m2ts, avi, y4m, yuv";

const std::set<AVCodecID>& webm_codecs() {
  static const std::set<AVCodecID> codecs = {AV_CODEC_ID_VP8,  AV_CODEC_ID_VP9,
                                             AV_CODEC_ID_AV1,  AV_CODEC_ID_VORBIS,
                                             AV_CODEC_ID_OPUS, AV_CODEC_ID_WEBVTT};
  return codecs;
}

const std::set<AVCodecID>& mpegts_codecs() {
  static const std::set<AVCodecID> codecs = {
      AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,         AV_CODEC_ID_MPEG1VIDEO,
      AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4,        AV_CODEC_ID_VC1,
      AV_CODEC_ID_CAVS,       AV_CODEC_ID_DIRAC,        AV_CODEC_ID_MP1,
      AV_CODEC_ID_MP2,        AV_CODEC_ID_MP3,          AV_CODEC_ID_AAC,
      AV_CODEC_ID_AAC_LATM,   AV_CODEC_ID_AC3,          AV_CODEC_ID_EAC3,
      AV_CODEC_ID_DTS,        AV_CODEC_ID_TRUEHD,       AV_CODEC_ID_OPUS,
      AV_CODEC_ID_S302M,      AV_CODEC_ID_DVB_SUBTITLE, AV_CODEC_ID_DVB_TELETEXT,
      AV_CODEC_ID_TIMED_ID3,  AV_CODEC_ID_SMPTE_KLV,    AV_CODEC_ID_HDMV_PGS_SUBTITLE,
      AV_CODEC_ID_PCM_BLURAY};
  return codecs;
}

const std::set<AVCodecID>& mp4_only_codecs() {
  static const std::set<AVCodecID> codecs = {AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC, AV_CODEC_ID_TRUEHD,
                                             AV_CODEC_ID_VP9, AV_CODEC_ID_AV1};
  return codecs;
}

bool muxer_takes(const AVOutputFormat& muxer, AVCodecID codec) {
  return avformat_query_codec(&muxer, codec, FF_COMPLIANCE_EXPERIMENTAL) == 1;
}

}  // namespace

const AVOutputFormat& find_muxer(const std::string& path, const std::string& container) {
  route_ffmpeg_logs();
  if (!container.empty()) {
    const AVOutputFormat* const muxer = av_guess_format(container.c_str(), nullptr, nullptr);
    if (muxer != nullptr) return *muxer;
    throw ConfigError("container '" + container +
                      "' is not known to FFmpeg; usual ones are mp4, mov, matroska, webm, mpegts, "
                      "avi, yuv4mpegpipe, rawvideo");
  }
  if (path == "-") {
    throw ConfigError(
        "standard output needs a container: yuv4mpegpipe, rawvideo, matroska or mpegts");
  }
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".yuv" || extension == ".raw") {
    return *av_guess_format("rawvideo", nullptr, nullptr);
  }
  // Guessed by the bare extension: muxers of picture sequences look at the rest of a name.
  const std::string name = "film" + extension;
  const AVOutputFormat* const muxer =
      extension.empty() ? nullptr : av_guess_format(nullptr, name.c_str(), nullptr);
  const bool is_picture = muxer != nullptr && std::string_view(muxer->name).starts_with("image2");
  if (muxer == nullptr || is_picture || muxer->video_codec == AV_CODEC_ID_NONE) {
    throw ConfigError(path + ": " +
                      (extension.empty()
                           ? std::string("a film's name needs an extension")
                           : "no container for films has the extension '" + extension + "'") +
                      "; usual ones are " + kUsual);
  }
  return *muxer;
}

ContainerKind container_kind(const AVOutputFormat& muxer) {
  const std::string_view name = muxer.name;
  if (name == "mp4" || name == "ipod" || name == "psp" || name == "3gp" || name == "3g2") {
    return ContainerKind::kMp4;
  }
  if (name == "mov") return ContainerKind::kMov;
  if (name == "matroska") return ContainerKind::kMatroska;
  if (name == "webm") return ContainerKind::kWebm;
  if (name == "mpegts") return ContainerKind::kMpegts;
  if (name == "avi") return ContainerKind::kAvi;
  if (name == "yuv4mpegpipe") return ContainerKind::kY4m;
  if (name == "rawvideo") return ContainerKind::kRaw;
  return ContainerKind::kOther;
}

bool holds_codec(const AVOutputFormat& muxer, AVMediaType type, AVCodecID codec) {
  switch (container_kind(muxer)) {
    case ContainerKind::kWebm:
      return webm_codecs().contains(codec);
    case ContainerKind::kMpegts:
      return mpegts_codecs().contains(codec);
    case ContainerKind::kY4m:
      return codec == AV_CODEC_ID_WRAPPED_AVFRAME;
    case ContainerKind::kRaw:
      return codec == AV_CODEC_ID_RAWVIDEO;
    case ContainerKind::kMov:
      // The muxer says yes when asked, and "only supported in MP4" when it writes the header.
      return !mp4_only_codecs().contains(codec) && muxer_takes(muxer, codec);
    case ContainerKind::kMp4:
    case ContainerKind::kAvi:
      return muxer_takes(muxer, codec);
    case ContainerKind::kMatroska:
      // Raw pictures would need a compatibility mode that few players read.
      if (codec == AV_CODEC_ID_RAWVIDEO) return false;
      return type == AVMEDIA_TYPE_ATTACHMENT || muxer_takes(muxer, codec);
    case ContainerKind::kOther:
      break;
  }
  const int answer = avformat_query_codec(&muxer, codec, FF_COMPLIANCE_EXPERIMENTAL);
  // Muxers that cannot say hold one codec of each kind.
  return answer == 1 || (answer < 0 && (codec == muxer.video_codec || codec == muxer.audio_codec));
}

bool holds_rotation(const AVOutputFormat& muxer) {
  const ContainerKind kind = container_kind(muxer);
  return kind == ContainerKind::kMp4 || kind == ContainerKind::kMov;
}

bool holds_only_video(const AVOutputFormat& muxer) {
  const ContainerKind kind = container_kind(muxer);
  return kind == ContainerKind::kY4m || kind == ContainerKind::kRaw;
}

std::vector<std::string> fitting_encoders(const AVOutputFormat& muxer) {
  static constexpr const char* kKnown[] = {
      "libx264", "libx265", "libsvtav1", "libvpx-vp9", "libvpx",    "ffv1",       "prores_ks",
      "mpeg4",   "dnxhd",   "mjpeg",     "mpeg2video", "libxvid",   "libaom-av1", "librav1e",
      "utvideo", "huffyuv", "ffvhuff",   "rawvideo",   "mpeg1video"};
  std::vector<std::string> fitting;
  for (const char* const known : kKnown) {
    const AVCodec* const encoder = avcodec_find_encoder_by_name(known);
    if (encoder != nullptr && holds_codec(muxer, AVMEDIA_TYPE_VIDEO, encoder->id)) {
      fitting.emplace_back(known);
    }
  }
  if (fitting.size() > 8) fitting.resize(8);
  return fitting;
}

}  // namespace vcisr::media
