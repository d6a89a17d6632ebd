// SPDX-License-Identifier: Apache-2.0
#include "cli/tool_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

namespace vcisr::tests {

SubprocessResult ToolTest::tool(const std::string& name, std::vector<std::string> arguments,
                                const std::string& input) const {
  arguments.insert(arguments.begin(), std::string(VCISR_TOOL_DIR) + "/" + name);
  return run(arguments, input);
}

void ToolTest::ffmpeg(std::vector<std::string> arguments) const {
  std::vector<std::string> command = {"ffmpeg", "-v", "error", "-y"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto result = run(command);
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

std::string ToolTest::ffprobe(std::vector<std::string> arguments) const {
  std::vector<std::string> command = {"ffprobe", "-v", "error"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto result = run(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

int ToolTest::frame_count(const std::string& file) const {
  return std::atoi(ffprobe({"-select_streams", "V:0", "-count_frames", "-show_entries",
                            "stream=nb_read_frames", "-of", "csv=p=0", file})
                       .c_str());
}

std::string ToolTest::contents(const std::string& file) const {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void ToolTest::write(const std::string& file, const std::string& text) const {
  std::ofstream(file, std::ios::binary) << text;
}

void expect_failure(const SubprocessResult& result, int exit_code, const std::string& words) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  // The last line; before it there may be what the log says of a film that could be opened.
  const auto error = result.err.find("error: ");
  ASSERT_NE(error, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find('\n', error), result.err.size() - 1) << result.err;
  EXPECT_THAT(result.err, ::testing::HasSubstr(words));
  EXPECT_EQ(result.out, "");
}

}  // namespace vcisr::tests
