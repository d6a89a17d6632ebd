// SPDX-License-Identifier: Apache-2.0
#include "media/av_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

#include "media/av_ptr.h"
#include "vcisr/core/log.h"

extern "C" {
#include <libavutil/log.h>
}

namespace vcisr::media {

void keep_message(int level, const std::string& text);

namespace {

constexpr std::size_t kMaxCaptured = 64;

thread_local LogCapture* innermost = nullptr;
// FFmpeg logs one line in several calls; a piece waits here for its line break.
thread_local std::string unfinished;

std::string context_name(void* context) {
  if (context == nullptr) return "ffmpeg";
  const AVClass* description = *static_cast<AVClass**>(context);
  if (description == nullptr || description->item_name == nullptr) return "ffmpeg";
  return std::string("ffmpeg ") + description->item_name(context);
}

/// Our decoder's list of errors, if this message belongs there. Only our decoders set opaque; frame
/// threads work on copies of the context that share it.
CodecErrors* codec_errors(void* context, int level) {
  if (context == nullptr || level > AV_LOG_ERROR) return nullptr;
  if (*static_cast<AVClass**>(context) != avcodec_get_class()) return nullptr;
  return static_cast<CodecErrors*>(static_cast<AVCodecContext*>(context)->opaque);
}

void receive(void* context, int level, const char* format, va_list arguments) {
  level &= 0xff;
  CodecErrors* const errors = codec_errors(context, level);
  const auto ours = level <= AV_LOG_INFO ? log::Level::kDebug : log::Level::kTrace;
  const bool is_captured = innermost != nullptr && level <= AV_LOG_WARNING;
  if (!is_captured && errors == nullptr && ours < log::level()) return;

  std::array<char, 1024> piece{};
  std::vsnprintf(piece.data(), piece.size(), format, arguments);
  unfinished += piece.data();
  if (unfinished.empty() || (unfinished.back() != '\n' && unfinished.size() < 4096)) return;
  std::string line = std::exchange(unfinished, {});
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) {
    line.pop_back();
  }
  if (line.empty()) return;
  if (is_captured) keep_message(level, line);
  if (errors != nullptr) errors->add(line);
  log::write(ours, context_name(context) + ": " + line);
}

}  // namespace

void keep_message(int level, const std::string& text) {
  auto& kept = innermost->messages_;
  if (kept.size() == kMaxCaptured) kept.erase(kept.begin());
  kept.push_back({level, text});
}

void route_ffmpeg_logs() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(receive); });
}

void CodecErrors::add(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  last_ = text;
  ++count_;
}

std::string CodecErrors::last() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

LogCapture::LogCapture() : outer_(std::exchange(innermost, this)) { unfinished.clear(); }

LogCapture::~LogCapture() { innermost = outer_; }

std::string LogCapture::errors() const {
  std::string first;
  std::string last;
  for (const Message& message : messages_) {
    if (message.level > AV_LOG_ERROR) continue;
    if (first.empty()) first = message.text;
    last = message.text;
  }
  return first == last ? first : first + "; " + last;
}

}  // namespace vcisr::media
