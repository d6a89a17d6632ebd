// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/frame_tensor.h"

#include <torch/torch.h>

#include "vcisr/core/error.h"

namespace vcisr::imaging {
namespace {

ops::YuvMatrix to_ops(media::ColorMatrix matrix) {
  switch (matrix) {
    case media::ColorMatrix::kBt601:
      return ops::YuvMatrix::kBt601;
    case media::ColorMatrix::kBt709:
      return ops::YuvMatrix::kBt709;
    case media::ColorMatrix::kBt2020:
      return ops::YuvMatrix::kBt2020;
    case media::ColorMatrix::kFcc:
      return ops::YuvMatrix::kFcc;
    case media::ColorMatrix::kSmpte240m:
      return ops::YuvMatrix::kSmpte240m;
  }
  throw Error("unknown colour matrix");
}

ops::ChromaSiting to_ops(media::ChromaLocation location) {
  switch (location) {
    case media::ChromaLocation::kLeft:
      return ops::ChromaSiting::kLeft;
    case media::ChromaLocation::kCenter:
      return ops::ChromaSiting::kCenter;
    case media::ChromaLocation::kTopLeft:
      return ops::ChromaSiting::kTopLeft;
    case media::ChromaLocation::kTop:
      return ops::ChromaSiting::kTop;
    case media::ChromaLocation::kBottomLeft:
      return ops::ChromaSiting::kBottomLeft;
    case media::ChromaLocation::kBottom:
      return ops::ChromaSiting::kBottom;
  }
  throw Error("unknown chroma location");
}

}  // namespace

ops::PlanarFormat planar_format(const media::PixelFormat& format, const media::ColorSpec& color) {
  ops::PlanarFormat planar;
  planar.is_rgb = format.layout == media::PixelLayout::kRgb;
  planar.bit_depth = format.bit_depth;
  planar.chroma_shift_x = format.chroma_shift_x();
  planar.chroma_shift_y = format.chroma_shift_y();
  planar.matrix = to_ops(color.matrix);
  planar.full_range = color.range == media::ColorRange::kFull;
  planar.siting = to_ops(color.chroma_location);
  return planar;
}

std::vector<torch::Tensor> plane_tensors(const media::Frame& frame) {
  const int bytes = frame.format().bytes_per_sample();
  const auto dtype = bytes == 1 ? torch::kUInt8 : torch::kUInt16;
  std::vector<torch::Tensor> planes;
  for (int i = 0; i < frame.format().plane_count(); ++i) {
    const auto& plane = frame.plane(i);
    planes.push_back(torch::from_blob(plane.data, {plane.height, plane.width},
                                      {plane.stride_bytes / bytes, 1}, dtype));
  }
  return planes;
}

std::vector<torch::Tensor> plane_tensors(const media::YuvClip& clip, std::int64_t frame) {
  auto* const luma = const_cast<std::uint8_t*>(clip.samples.data()) + frame * clip.frame_samples();
  const auto rows = clip.chroma_height();
  const auto columns = clip.chroma_width();
  auto* const chroma = luma + clip.height * clip.width;
  return {torch::from_blob(luma, {clip.height, clip.width}, torch::kUInt8),
          torch::from_blob(chroma, {rows, columns}, torch::kUInt8),
          torch::from_blob(chroma + rows * columns, {rows, columns}, torch::kUInt8)};
}

torch::Tensor sample_tensor(const media::Image& image) {
  return torch::from_blob(const_cast<std::uint8_t*>(image.samples.data()),
                          {image.height, image.width, image.channels},
                          image.bit_depth > 8 ? torch::kUInt16 : torch::kUInt8);
}

torch::Tensor rotate_clockwise(const torch::Tensor& x, int quarter_turns) {
  return quarter_turns % 4 == 0 ? x : torch::rot90(x, -quarter_turns, {-2, -1});
}

}  // namespace vcisr::imaging
