// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/subprocess.h"
#include "support/temp_folder.h"

namespace vcisr::tests {

/// A folder of its own and the built programs to run in it.
class ToolTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// A tool of ours with these arguments; `input` on its standard input.
  [[nodiscard]] SubprocessResult tool(const std::string& name, std::vector<std::string> arguments,
                                      const std::string& input = "") const;
  [[nodiscard]] SubprocessResult infer(std::vector<std::string> arguments,
                                       const std::string& input = "") const {
    return tool("vcisr-infer", std::move(arguments), input);
  }

  /// ffmpeg with these arguments, quiet and overwriting; fails the test if it fails.
  void ffmpeg(std::vector<std::string> arguments) const;
  /// What ffprobe prints for these arguments.
  [[nodiscard]] std::string ffprobe(std::vector<std::string> arguments) const;
  [[nodiscard]] int frame_count(const std::string& file) const;
  [[nodiscard]] std::string contents(const std::string& file) const;
  void write(const std::string& file, const std::string& text) const;

  TempFolder folder_;
};

/// One sentence on stderr, the documented code, nothing on stdout.
void expect_failure(const SubprocessResult& result, int exit_code, const std::string& words);

}  // namespace vcisr::tests
