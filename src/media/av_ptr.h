// SPDX-License-Identifier: Apache-2.0
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <new>

namespace vcisr::media {

/// The one place where FFmpeg's handles are freed.
struct AvDeleter {
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
  void operator()(AVCodecParameters* parameters) const noexcept {
    avcodec_parameters_free(&parameters);
  }
  void operator()(SwsContext* context) const noexcept { sws_freeContext(context); }
};

struct AvInputDeleter {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};

/// Closes the file too, without a look at errors: finishing writers close it themselves before.
struct AvOutputDeleter {
  void operator()(AVFormatContext* context) const noexcept {
    if (context->pb != nullptr) avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

using AvFramePtr = std::unique_ptr<AVFrame, AvDeleter>;
using AvPacketPtr = std::unique_ptr<AVPacket, AvDeleter>;
using AvCodecContextPtr = std::unique_ptr<AVCodecContext, AvDeleter>;
using AvCodecParametersPtr = std::unique_ptr<AVCodecParameters, AvDeleter>;
using AvSwsPtr = std::unique_ptr<SwsContext, AvDeleter>;
using AvInputPtr = std::unique_ptr<AVFormatContext, AvInputDeleter>;
using AvOutputPtr = std::unique_ptr<AVFormatContext, AvOutputDeleter>;

template <class Ptr>
Ptr av_checked(Ptr pointer) {
  if (!pointer) throw std::bad_alloc();
  return pointer;
}

inline AvFramePtr make_av_frame() { return av_checked(AvFramePtr(av_frame_alloc())); }
inline AvPacketPtr make_av_packet() { return av_checked(AvPacketPtr(av_packet_alloc())); }

/// A dictionary with the life of its scope.
class AvDictionary {
 public:
  AvDictionary() = default;
  ~AvDictionary() { av_dict_free(&dictionary_); }
  AvDictionary(const AvDictionary&) = delete;
  AvDictionary& operator=(const AvDictionary&) = delete;

  void set(const char* key, const char* value) { av_dict_set(&dictionary_, key, value, 0); }
  [[nodiscard]] AVDictionary** address() noexcept { return &dictionary_; }
  [[nodiscard]] const AVDictionary* get() const noexcept { return dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

}  // namespace vcisr::media
