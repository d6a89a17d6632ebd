// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/film_reader.h"

#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::imaging {

FilmReader::FilmReader(const std::string& path, const media::VideoDecoderOptions& options)
    : decoder_(path, options), format_(planar_format(info().format, info().color)) {}

std::optional<torch::Tensor> FilmReader::read() {
  const auto frame = decoder_.read();
  if (!frame) return std::nullopt;
  if (!rgb_.defined()) rgb_ = torch::empty({3, frame->height(), frame->width()}, torch::kFloat32);
  ops::planar_to_rgb(plane_tensors(*frame), format_, rgb_);
  time_ = {frame->pts, frame->duration};
  return to_8bit(rgb_);
}

}  // namespace vcisr::imaging
