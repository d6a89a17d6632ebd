// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "media/av_log.h"
#include "media/av_ptr.h"
#include "vcisr/media/video_encoder.h"

namespace vcisr::media {

std::vector<EncoderInfo> video_encoders() {
  route_ffmpeg_logs();
  std::vector<EncoderInfo> encoders;
  void* state = nullptr;
  while (const AVCodec* const codec = av_codec_iterate(&state)) {
    if (av_codec_is_encoder(codec) == 0 || codec->type != AVMEDIA_TYPE_VIDEO) continue;
    encoders.push_back({codec->name, codec->long_name == nullptr ? "" : codec->long_name});
  }
  std::sort(encoders.begin(), encoders.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return encoders;
}

std::string ffmpeg_version() { return av_version_info(); }

}  // namespace vcisr::media
