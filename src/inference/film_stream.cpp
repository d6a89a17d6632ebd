// SPDX-License-Identifier: Apache-2.0
// Films as sources and sinks: media's decoder and writer behind the engine's interface.
#include <utility>

#include "vcisr/inference/frame_stream.h"

namespace vcisr::inference {
namespace {

class FilmSource final : public FrameSource {
 public:
  FilmSource(const std::string& path, const media::VideoDecoderOptions& options)
      : decoder_(path, options) {}

  const media::VideoInfo& info() const override { return decoder_.info(); }
  std::optional<media::Frame> read() override { return decoder_.read(); }
  std::int64_t damage_count() const override { return decoder_.damage_count(); }

 private:
  media::VideoDecoder decoder_;
};

class FilmSink final : public FrameSink {
 public:
  FilmSink(std::string path, const media::VideoInfo& source,
           const media::VideoDecoderOptions& source_options, const media::VideoOutputInfo& output,
           const FilmSinkOptions& options)
      : path_(std::move(path)),
        writer_(path_, source, source_options, output, options.encoder, options.existing) {}

  media::PixelFormat format() const override { return writer_.format(); }
  media::ColorSpec color() const override { return writer_.color(); }
  int quarter_turns() const override { return writer_.quarter_turns(); }
  std::string description() const override {
    return writer_.encoder_name() + " " + media::name(writer_.format()) + " in " + path_;
  }
  std::vector<std::string> notes() const override { return writer_.notes(); }
  void write(const media::Frame& frame) override { writer_.write(frame); }
  void finish() override { writer_.finish(); }

 private:
  std::string path_;
  media::VideoWriter writer_;
};

class NullSink final : public FrameSink {
 public:
  explicit NullSink(const media::VideoInfo& source)
      : format_(source.format), color_(source.color) {}

  media::PixelFormat format() const override { return format_; }
  media::ColorSpec color() const override { return color_; }
  int quarter_turns() const override { return 0; }
  std::string description() const override { return "nothing"; }
  std::vector<std::string> notes() const override { return {}; }
  void write(const media::Frame&) override {}
  void finish() override {}

 private:
  media::PixelFormat format_;
  media::ColorSpec color_;
};

}  // namespace

std::unique_ptr<FrameSink> create_null_sink(const media::VideoInfo& source) {
  return std::make_unique<NullSink>(source);
}

std::unique_ptr<FrameSource> open_film(const std::string& path,
                                       const media::VideoDecoderOptions& options) {
  return std::make_unique<FilmSource>(path, options);
}

std::unique_ptr<FrameSink> create_film(const std::string& path, const media::VideoInfo& source,
                                       const media::VideoDecoderOptions& source_options,
                                       const FrameSize& size, const FilmSinkOptions& options) {
  media::VideoOutputInfo output;
  output.width = size.width;
  output.height = size.height;
  output.preferred_format = source.format;
  output.container = options.container;
  return std::make_unique<FilmSink>(path, source, source_options, output, options);
}

}  // namespace vcisr::inference
