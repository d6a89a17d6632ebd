// SPDX-License-Identifier: Apache-2.0
#include "evaluation/film_source.h"

#include <memory>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/sample_depth.h"
#include "vcisr/media/input_files.h"
#include "vcisr/ops/color.h"

namespace vcisr::evaluation {
namespace {

/// Frames that wait to be measured, per film.
constexpr std::size_t kFramesAhead = 3;

torch::Tensor rgb_of(const media::Frame& frame, const media::ColorSpec& color, int bit_depth) {
  const torch::NoGradGuard no_grad;
  auto rgb = torch::empty({3, frame.height(), frame.width()}, torch::kFloat32);
  ops::planar_to_rgb(imaging::plane_tensors(frame), imaging::planar_format(frame.format(), color),
                     rgb);
  return imaging::to_samples(rgb, bit_depth);
}

/// The frame lives as long as the picture: its RGB's recipe holds it.
metrics::PicturePtr picture_of(const media::Frame& frame, const media::ColorSpec& color,
                               int bit_depth) {
  metrics::FrameSamples samples{frame.height(), frame.width(), bit_depth, {}};
  if (frame.format().layout != media::PixelLayout::kRgb) {
    for (const auto& plane : imaging::plane_tensors(frame)) {
      samples.planes.push_back(imaging::with_bit_depth(plane, frame.format().bit_depth, bit_depth));
    }
  }
  return std::make_shared<const metrics::Picture>(
      std::move(samples), [frame, color, bit_depth] { return rgb_of(frame, color, bit_depth); });
}

}  // namespace

FilmSource::FilmSource(const std::string& path, const media::VideoDecoderOptions& options)
    : decoder_(path, options), queue_(kFramesAhead) {}

FilmSource::~FilmSource() { queue_.cancel(); }

void FilmSource::start(int bit_depth, const media::ColorSpec& color) {
  bit_depth_ = bit_depth;
  color_ = color;
  thread_ = std::jthread([this] {
    try {
      decode();
    } catch (...) {
      error_ = std::current_exception();
    }
    queue_.close();
  });
}

void FilmSource::decode() {
  std::optional<std::int64_t> first_pts;
  const double tick_s = info().time_base.value();
  while (const auto frame = decoder_.read()) {
    if (!first_pts) first_pts = frame->pts;
    const double time_s = static_cast<double>(frame->pts - *first_pts) * tick_s;
    if (!queue_.push({picture_of(*frame, color_, bit_depth_), time_s})) return;
  }
}

void FilmSource::stop() {
  queue_.cancel();
  if (thread_.joinable()) thread_.join();
}

std::optional<FilmFrame> FilmSource::next() {
  auto frame = queue_.pop();
  if (!frame && error_) std::rethrow_exception(error_);
  return frame;
}

bool is_raw_film(const std::string& path, const media::VideoDecoderOptions& options) {
  if (!options.demuxer.empty()) return options.demuxer == "rawvideo";
  return media::lower_extension(path) == "yuv";
}

}  // namespace vcisr::evaluation
