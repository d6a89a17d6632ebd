// SPDX-License-Identifier: Apache-2.0
// --tile with a network that sees the whole picture: GRL with stripes that are a fraction of it.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "cli/tool_fixture.h"
#include "networks/narrow_grl.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/weights.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNetwork =
    "{type: grl, embed_dim: 8, depths: [2], num_heads_window: [1], num_heads_stripe: [1], "
    "window_size: 4, stripe_size: [4, 0], stripe_groups: [0, 2], upscale: 2, "
    "upsampler: pixelshuffledirect}";
constexpr const char* kWarning =
    "GRL's stripes are a fraction of the picture: in tiles the result depends on their size, here "
    "16 pixels that overlap by 8 and are averaged";

class InferTiles : public ToolTest {
 protected:
  void SetUp() override {
    const auto network = networks::registry().make(Config::parse(kNetwork));
    fill_narrow_grl(*network);
    tensorfile::Checkpoint checkpoint;
    for (const auto& item : network->named_parameters()) {
      checkpoint.tensors.emplace_back(item.key(), item.value().detach());
    }
    networks::describe_network(checkpoint, {.yaml = kNetwork, .source = "metadata"},
                               network->scale());
    tensorfile::write_safetensors(path("groups.safetensors"), checkpoint, true);
    ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=30x18:r=25:d=0.08", "-pix_fmt", "yuv444p", "-c:v",
            "ffv1", path("f.mkv")});
    ffmpeg({"-i", path("f.mkv"), "-frames:v", "1", path("a.png")});
  }

  SubprocessResult restore(const std::string& input, const std::string& output,
                           const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {path(input), "-m",         path("groups.safetensors"),
                                          "-o",        path(output), "-y"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return infer(arguments);
  }
};

TEST_F(InferTiles, AreUsedOnlyWhenAskedFor) {
  const auto automatic = restore("a.png", "auto.png", {});
  EXPECT_EQ(automatic.exit_code, 0) << automatic.err;
  EXPECT_THAT(automatic.err, Not(HasSubstr("warn")));
  const auto untiled = restore("a.png", "none.png", {"--tile", "none"});
  EXPECT_EQ(untiled.exit_code, 0) << untiled.err;
  EXPECT_EQ(contents(path("auto.png")), contents(path("none.png")));

  const auto tiled = restore("a.png", "tiled.png", {"--tile", "16"});
  EXPECT_EQ(tiled.exit_code, 0) << tiled.err;
  EXPECT_THAT(tiled.err, HasSubstr(kWarning));
  EXPECT_NE(contents(path("tiled.png")), contents(path("none.png")));
  EXPECT_EQ(ffprobe({"-show_entries", "stream=width,height", "-of", "csv=p=0", path("tiled.png")}),
            "60,36\n");
  const auto one_tile = restore("a.png", "one.png", {"--tile", "64"});
  EXPECT_THAT(one_tile.err, Not(HasSubstr("warn")));
  EXPECT_EQ(contents(path("one.png")), contents(path("none.png")));
}

TEST_F(InferTiles, AreWarnedOfOncePerRun) {
  const auto film = restore("f.mkv", "o.mkv", {"--tile", "16", "-c", "ffv1"});
  EXPECT_EQ(film.exit_code, 0) << film.err;
  EXPECT_EQ(frame_count(path("o.mkv")), 2);
  const auto first = film.err.find(kWarning);
  ASSERT_NE(first, std::string::npos) << film.err;
  EXPECT_EQ(film.err.find(kWarning, first + 1), std::string::npos) << film.err;
}

TEST_F(InferTiles, CannotOverlapByAWholeTile) {
  expect_failure(restore("a.png", "o.png", {"--tile", "16", "--tile-pad", "16"}), 2,
                 "--tile-pad 16: tiles of 16 pixels cannot overlap by as much");
}

}  // namespace
}  // namespace vcisr::tests
