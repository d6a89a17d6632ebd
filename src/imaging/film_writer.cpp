// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/film_writer.h"

#include <torch/torch.h>

#include "imaging/sample_loops.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/frame_tensor.h"

namespace vcisr::imaging {
namespace {

/// A film that is no file: pictures at a constant rate.
media::VideoInfo pictures_info(const FilmSize& size, const media::Rational& frame_rate) {
  if (frame_rate.num < 1 || frame_rate.den < 1) {
    throw ConfigError("frame rate " + std::to_string(frame_rate.num) + "/" +
                      std::to_string(frame_rate.den) + " of a film must be above 0");
  }
  media::VideoInfo info;
  info.width = size.width;
  info.height = size.height;
  info.format = {media::PixelLayout::kRgb, 8};
  info.source_pixel_format = media::name(info.format);
  info.color.range = media::ColorRange::kFull;
  info.time_base = {frame_rate.den, frame_rate.num};
  info.frame_rate = frame_rate;
  info.start_pts = 0;
  return info;
}

media::VideoOutputInfo output_info(const FilmSize& size, const media::VideoInfo& source,
                                   const FilmWriterOptions& options) {
  media::VideoOutputInfo output;
  output.width = size.width;
  output.height = size.height;
  output.preferred_format = source.format;
  output.container = options.container;
  return output;
}

}  // namespace

FilmWriter::FilmWriter(const std::string& path, const FilmSize& size,
                       const media::Rational& frame_rate, const FilmWriterOptions& options)
    : FilmWriter(path, size, pictures_info(size, frame_rate), {}, options) {
  has_frame_rate_ = true;
}

FilmWriter::FilmWriter(const std::string& path, const FilmSize& size,
                       const media::VideoInfo& source,
                       const media::VideoDecoderOptions& source_options,
                       const FilmWriterOptions& options)
    : size_(size),
      writer_(path, source, source_options, output_info(size, source, options), options.encoder,
              options.existing),
      format_(planar_format(writer_.format(), writer_.color())) {}

void FilmWriter::write(const torch::Tensor& rgb) {
  if (!has_frame_rate_) {
    throw OutputError("a film made from another needs the time of each frame");
  }
  write(rgb, {written_, 1});
}

void FilmWriter::write(const torch::Tensor& rgb, const FrameTime& time) {
  TORCH_CHECK(rgb.scalar_type() == torch::kUInt8, "FilmWriter: rgb must be uint8, not ",
              rgb.scalar_type());
  TORCH_CHECK(rgb.sizes() == (torch::IntArrayRef{3, size_.height, size_.width}),
              "FilmWriter: rgb must be [3, ", size_.height, ", ", size_.width, "], not ",
              rgb.sizes());
  const auto turned = rotate_clockwise(rgb.cpu(), writer_.quarter_turns()).contiguous();
  if (!rgb_.defined()) rgb_ = torch::empty(turned.sizes(), torch::kFloat32);
  bytes_to_floats(turned.const_data_ptr<std::uint8_t>(), rgb_.data_ptr<float>(),
                  static_cast<std::size_t>(turned.numel()));
  // A frame of its own each time: encoders keep references.
  media::Frame frame(writer_.format(), turned.size(2), turned.size(1));
  auto planes = plane_tensors(frame);
  ops::rgb_to_planar(rgb_, format_, planes);
  frame.pts = time.pts;
  frame.duration = time.duration;
  writer_.write(frame);
  ++written_;
}

std::string FilmWriter::description() const {
  return writer_.encoder_name() + " " + media::name(writer_.format());
}

}  // namespace vcisr::imaging
