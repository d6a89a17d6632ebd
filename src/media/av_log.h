// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace vcisr::media {

/// Sends FFmpeg's log to core/log.h, once per process; everything that uses FFmpeg calls it first.
///
/// FFmpeg's warnings and errors arrive as debug (many are harmless, and what fails is thrown with
/// FFmpeg's words), its chatter as trace.
void route_ffmpeg_logs();

/// Keeps what FFmpeg logs at warning level or worse from the calling thread while it lives. The
/// innermost object of a thread gets the messages.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  struct Message {
    int level = 0;  ///< AV_LOG_*.
    std::string text;
  };
  [[nodiscard]] const std::vector<Message>& messages() const noexcept { return messages_; }
  /// The first error's text and, behind a semicolon, the last one's if it differs; "" if none.
  [[nodiscard]] std::string errors() const;
  void clear() { messages_.clear(); }

 private:
  friend void keep_message(int level, const std::string& text);
  std::vector<Message> messages_;
  LogCapture* outer_;
};

/// What `AVCodecContext::opaque` of our decoders points to: error messages logged by the codec on
/// whatever thread. Several decoders hide damage and only log it.
class CodecErrors {
 public:
  void add(const std::string& text);
  [[nodiscard]] long count() const noexcept { return count_.load(); }
  [[nodiscard]] std::string last() const;

 private:
  std::atomic<long> count_{0};
  mutable std::mutex mutex_;
  std::string last_;
};

}  // namespace vcisr::media
