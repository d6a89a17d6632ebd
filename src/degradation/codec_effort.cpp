// SPDX-License-Identifier: Apache-2.0
#include "degradation/codec_effort.h"

#include <array>
#include <string_view>

namespace vcisr::degradation {
namespace {

struct Effort {
  std::string_view word;
  int svt_preset;  ///< 0 .. 13, 13 the fastest.
  int cpu_used;    ///< 0 .. 8, 8 the fastest.
};

// By the encoders' own advice for "good" quality: the middle of their scales for "medium".
constexpr std::array<Effort, 10> kEfforts{{
    {"placebo", 1, 0},
    {"veryslow", 3, 0},
    {"slower", 4, 1},
    {"slow", 6, 2},
    {"medium", 8, 3},
    {"fast", 9, 4},
    {"faster", 10, 5},
    {"veryfast", 11, 6},
    {"superfast", 12, 7},
    {"ultrafast", 12, 8},
}};

}  // namespace

std::string effort_of(const std::string& codec, const std::string& word) {
  if (codec == "mpeg2video" || codec == "mpeg4" || codec == "libxvid") return "";
  const bool is_svt = codec == "libsvtav1";
  if (!is_svt && codec != "libvpx-vp9" && codec != "libaom-av1") return word;
  for (const Effort& effort : kEfforts) {
    if (effort.word == word) return std::to_string(is_svt ? effort.svt_preset : effort.cpu_used);
  }
  return word;
}

}  // namespace vcisr::degradation
