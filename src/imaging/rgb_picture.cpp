// SPDX-License-Identifier: Apache-2.0
#include "vcisr/imaging/rgb_picture.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "imaging/sample_loops.h"
#include "vcisr/core/error.h"

namespace vcisr::imaging {
namespace {

std::size_t count_of(const torch::Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel());
}

/// 65535 and 255 are both full scale: the quotient is 257, rounded to nearest.
std::vector<std::uint8_t> narrowed(const media::Image& image) {
  std::vector<std::uint8_t> narrow(image.samples.size() / 2);
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    std::uint16_t value = 0;
    std::memcpy(&value, image.samples.data() + 2 * i, sizeof value);
    narrow[i] = static_cast<std::uint8_t>((value + 128U) / 257U);
  }
  return narrow;
}

void check_rgb(const char* function, const torch::Tensor& rgb, std::int64_t dims) {
  TORCH_CHECK(rgb.scalar_type() == torch::kUInt8, function, ": rgb must be uint8, not ",
              rgb.scalar_type());
  TORCH_CHECK(rgb.dim() == dims && rgb.size(dims - 3) == 3, function, ": rgb must be ",
              dims == 4 ? "[T, 3, H, W]" : "[3, H, W]", ", not ", rgb.sizes());
}

}  // namespace

torch::Tensor to_rgb8(const media::Image& image) {
  auto rgb = torch::empty({3, image.height, image.width}, torch::kUInt8);
  const auto pixels = static_cast<std::size_t>(image.height * image.width);
  if (image.bit_depth == 8) {
    interleaved_to_planes(image.samples.data(), image.channels, rgb.data_ptr<std::uint8_t>(),
                          pixels);
  } else {
    interleaved_to_planes(narrowed(image).data(), image.channels, rgb.data_ptr<std::uint8_t>(),
                          pixels);
  }
  return rgb;
}

torch::Tensor read_rgb8(const std::filesystem::path& path) {
  return to_rgb8(media::read_image(path));
}

void write_rgb8(const std::filesystem::path& path, const torch::Tensor& rgb,
                const media::ImageWriteOptions& options) {
  check_rgb("write_rgb8", rgb, 3);
  media::RgbClip clip = to_rgb_clip(rgb.unsqueeze(0));
  media::Image image;
  image.width = clip.width;
  image.height = clip.height;
  image.samples = std::move(clip.pixels);
  media::write_image(path, image, options);
}

torch::Tensor to_float(const torch::Tensor& samples) {
  TORCH_CHECK(samples.scalar_type() == torch::kUInt8, "to_float: samples must be uint8, not ",
              samples.scalar_type());
  if (!samples.device().is_cpu()) {
    // By a tensor: a plain number would be turned into a multiplication, which rounds differently.
    return samples.contiguous().to(torch::kFloat32) /
           torch::full({}, 255.0F, samples.options().dtype(torch::kFloat32));
  }
  const auto dense = samples.contiguous();
  auto values = torch::empty(dense.sizes(), torch::kFloat32);
  bytes_to_floats(dense.const_data_ptr<std::uint8_t>(), values.data_ptr<float>(), count_of(dense));
  return values;
}

torch::Tensor to_8bit(const torch::Tensor& values) {
  TORCH_CHECK(values.scalar_type() == torch::kFloat32, "to_8bit: values must be float32, not ",
              values.scalar_type());
  const auto dense = values.detach().contiguous();
  if (!dense.device().is_cpu()) {
    return (dense * 255.0F).clamp(0.0F, 255.0F).nan_to_num(0.0).round_().to(torch::kUInt8);
  }
  auto samples = torch::empty(dense.sizes(), torch::kUInt8);
  floats_to_bytes(dense.const_data_ptr<float>(), samples.data_ptr<std::uint8_t>(), count_of(dense));
  return samples;
}

torch::Tensor to_tensor(const media::RgbClip& clip) {
  const auto frame_bytes = static_cast<std::size_t>(clip.height * clip.width * 3);
  if (clip.frames < 0 || clip.height < 0 || clip.width < 0 ||
      clip.pixels.size() != static_cast<std::size_t>(clip.frames) * frame_bytes) {
    throw ConfigError("clip of " + std::to_string(clip.frames) + " frames " +
                      std::to_string(clip.width) + "x" + std::to_string(clip.height) + " has " +
                      std::to_string(clip.pixels.size()) + " bytes");
  }
  auto rgb = torch::empty({clip.frames, 3, clip.height, clip.width}, torch::kUInt8);
  for (std::size_t i = 0; i < static_cast<std::size_t>(clip.frames); ++i) {
    interleaved_to_planes(clip.pixels.data() + i * frame_bytes, 3,
                          rgb.data_ptr<std::uint8_t>() + i * frame_bytes, frame_bytes / 3);
  }
  return rgb;
}

media::RgbClip to_rgb_clip(const torch::Tensor& rgb) {
  check_rgb("to_rgb_clip", rgb, 4);
  const auto dense = rgb.cpu().contiguous();
  media::RgbClip clip{dense.size(0), dense.size(2), dense.size(3), {}};
  clip.pixels.resize(count_of(dense));
  const auto frame_bytes = static_cast<std::size_t>(clip.height * clip.width * 3);
  for (std::size_t i = 0; i < static_cast<std::size_t>(clip.frames); ++i) {
    planes_to_interleaved(dense.const_data_ptr<std::uint8_t>() + i * frame_bytes,
                          clip.pixels.data() + i * frame_bytes, frame_bytes / 3);
  }
  return clip;
}

}  // namespace vcisr::imaging
