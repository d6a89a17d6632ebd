// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "media/av_log.h"
#include "media/av_ptr.h"
#include "vcisr/core/error.h"

namespace vcisr::media {

/// FFmpeg's own words for one of its error codes.
inline std::string av_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

/// "No such file or directory", or "Invalid data found when processing input (moov atom not
/// found)" where a message was logged on the way.
inline std::string av_error_text(int code, const LogCapture& capture) {
  const std::string logged = capture.errors();
  const std::string text = av_error_text(code);
  return logged.empty() ? text : text + " (" + logged + ")";
}

}  // namespace vcisr::media
