// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "vcisr-infer/infer.h"
#include "vcisr/core/text.h"
#include "vcisr/media/video_encoder.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/device.h"

namespace vcisr::tools {
namespace {

void print_networks() {
  for (const auto& entry : networks::registry().entries()) {
    std::printf("%-20s %s\n", entry.name.c_str(), entry.summary.c_str());
    for (const auto& preset : entry.presets) {
      std::printf("  %-18s %s\n", preset.name.c_str(), preset.summary.c_str());
    }
  }
}

void print_models() {
  std::printf("bicubic          enlarges by the bicubic kernel, no weights\n");
  std::printf("identity         changes nothing, no weights\n");
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("weights", error)) {
    const auto extension = entry.path().extension();
    if (extension == ".pth" || extension == ".safetensors" || extension == ".ckpt") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) std::printf("%s\n", file.c_str());
}

void print_devices() {
  std::printf("cpu              %s free\n",
              format_bytes(static_cast<double>(ops::available_cpu_bytes())).c_str());
  for (const auto& gpu : ops::cuda_devices()) {
    std::printf("cuda:%-11d %s, %s of %s free\n", gpu.index, gpu.name.c_str(),
                format_bytes(static_cast<double>(gpu.free_bytes)).c_str(),
                format_bytes(static_cast<double>(gpu.total_bytes)).c_str());
  }
}

void print_encoders() {
  for (const auto& encoder : media::video_encoders()) {
    std::printf("%-20s %s\n", encoder.name.c_str(), encoder.description.c_str());
  }
}

}  // namespace

bool print_lists(const InferArguments& arguments) {
  if (arguments.list_models) print_models();
  if (arguments.list_archs) print_networks();
  if (arguments.list_devices) print_devices();
  if (arguments.list_encoders) print_encoders();
  return arguments.list_models || arguments.list_archs || arguments.list_devices ||
         arguments.list_encoders;
}

}  // namespace vcisr::tools
