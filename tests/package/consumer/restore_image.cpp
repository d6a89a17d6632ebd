// SPDX-License-Identifier: Apache-2.0
// A program of somebody else that uses vcisr: writes a picture, restores it, checks what came out.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>

#include <torch/types.h>

#include "vcisr/core/version.h"
#include "vcisr/media/image.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/weights.h"

namespace {

constexpr std::int64_t kWidth = 37;
constexpr std::int64_t kHeight = 23;
constexpr std::int64_t kScale = 2;

/// One colour on the left half, another on the right.
vcisr::media::Image two_colours() {
  vcisr::media::Image image;
  image.width = kWidth;
  image.height = kHeight;
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const bool is_left = x < kWidth / 2;
      image.samples.push_back(is_left ? 200 : 10);
      image.samples.push_back(is_left ? 100 : 20);
      image.samples.push_back(is_left ? 50 : 30);
    }
  }
  return image;
}

torch::Tensor restore(const vcisr::media::Image& image) {
  const auto loaded = vcisr::networks::load_network("bicubic", "", kScale);
  auto bytes = torch::tensor(torch::ArrayRef<std::uint8_t>(image.samples));  // [h*w*3]
  auto lq = bytes.view({1, 1, image.height, image.width, 3}).permute({0, 1, 4, 2, 3});
  lq = lq.to(torch::kFloat32) / 255;  // [1, 1, 3, h, w]
  const c10::InferenceMode guard;
  auto restored = loaded.network->forward(lq.contiguous());  // [1, 1, 3, sh, sw]
  return (restored * 255).round().clamp(0, 255).to(torch::kUInt8);
}

vcisr::media::Image to_image(const torch::Tensor& restored) {
  const auto pixels = restored[0][0].permute({1, 2, 0}).contiguous();  // [sh, sw, 3]
  vcisr::media::Image image;
  image.height = pixels.size(0);
  image.width = pixels.size(1);
  const auto* const data = pixels.data_ptr<std::uint8_t>();
  image.samples.assign(data, data + pixels.numel());
  return image;
}

bool is_right(const vcisr::media::Image& image) {
  if (image.width != kScale * kWidth || image.height != kScale * kHeight || image.channels != 3) {
    return false;
  }
  const auto at = [&image](std::int64_t x, std::int64_t y, std::int64_t channel) {
    return image.samples[static_cast<std::size_t>((y * image.width + x) * 3 + channel)];
  };
  return at(0, 0, 0) == 200 && at(0, 45, 1) == 100 && at(73, 0, 0) == 10 && at(73, 45, 2) == 30;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  const vcisr::media::ImageWriteOptions replace{.existing = vcisr::AtomicFile::Existing::kReplace};
  vcisr::media::write_image(folder / "lq.png", two_colours(), replace);
  const auto restored = restore(vcisr::media::read_image(folder / "lq.png"));
  vcisr::media::write_image(folder / "restored.png", to_image(restored), replace);
  if (!is_right(vcisr::media::read_image(folder / "restored.png"))) {
    std::cerr << "restored.png has a wrong size or wrong colours\n";
    return 1;
  }
  std::cout << "vcisr " << vcisr::version() << " restored a picture\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
