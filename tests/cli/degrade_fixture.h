// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/tool_fixture.h"
#include "data/data_fixtures.h"

namespace vcisr::tests {

/// vcisr-degrade on small pictures and films, with a quick degradation that has everything.
class DegradeTest : public ToolTest {
 protected:
  using Tree = std::map<std::string, std::string>;

  void SetUp() override {
    write(config(),
          "scale: 4\nbatch_size: 8\nfirst_batch_size: [3, 6]\nstages:\n"
          "  - {type: blur, kernel_size: [7, 9]}\n"
          "  - {type: noise}\n"
          "  - {type: jpeg, coder: libjpeg}\n"
          "  - {type: resize_to_lq}\n"
          "  - {type: video_compression, group_size: 4, conversion: exact, "
          "video_codec: [libx264, mpeg4], mpeg2_4_qscale_range: [2, 12], "
          "encode_preset: [superfast]}\n");
  }
  [[nodiscard]] std::string config() const { return path("quick.yaml"); }

  /// With the quick degradation.
  [[nodiscard]] SubprocessResult degrade(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-c", config()});
    return tool("vcisr-degrade", std::move(arguments));
  }
  [[nodiscard]] SubprocessResult replay(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "--replay");
    return tool("vcisr-degrade", std::move(arguments));
  }

  void picture(const std::string& name, std::int64_t height, std::int64_t width) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    write_picture(path(name), height, width);
  }

  /// Every file below a folder with its bytes.
  [[nodiscard]] Tree tree(const std::string& name) const {
    Tree files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(name))) {
      if (!entry.is_regular_file()) continue;
      files[entry.path().lexically_relative(path(name)).string()] = contents(entry.path().string());
    }
    return files;
  }
  [[nodiscard]] static std::vector<std::string> names(const Tree& files) {
    std::vector<std::string> result;
    for (const auto& [file, bytes] : files) result.push_back(file);
    return result;
  }
  [[nodiscard]] std::vector<nlohmann::json> lines(const std::string& name) const {
    std::vector<nlohmann::json> result;
    std::ifstream stream(path(name));
    for (std::string line; std::getline(stream, line);) {
      result.push_back(nlohmann::json::parse(line));
    }
    return result;
  }
};

}  // namespace vcisr::tests
