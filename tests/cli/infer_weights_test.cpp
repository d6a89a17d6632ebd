// SPDX-License-Identifier: Apache-2.0
// The same weights in every form that the field writes give the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/tool_fixture.h"

namespace vcisr::tests {
namespace {

using ::testing::HasSubstr;

// Python writes a compact network's weights by a fixed rule: bare, wrapped as params_ema beside
// other params, with prefixes, and as .safetensors.
constexpr const char* kWriteWeights = R"(
import sys, torch
from collections import OrderedDict
from safetensors.torch import save_file
folder = sys.argv[1]
g = torch.Generator().manual_seed(7)
def conv(o, i): return torch.randn(o, i, 3, 3, generator=g) / (9 * i) ** 0.5, torch.randn(o, generator=g) * 0.1
w = OrderedDict()
def add(n, o, i): w[f'body.{n}.weight'], w[f'body.{n}.bias'] = conv(o, i)
def prelu(n): w[f'body.{n}.weight'] = torch.rand(64, generator=g)
add(0, 64, 3); prelu(1)
for k in range(2): add(2 + 2 * k, 64, 64); prelu(3 + 2 * k)
add(6, 12, 64)
torch.save(w, folder + '/bare.pth')
other = OrderedDict((k, torch.zeros_like(v)) for k, v in w.items())
torch.save({'params': other, 'params_ema': w}, folder + '/ema.pth')
torch.save({'model_state_dict': OrderedDict(('_orig_mod.module.' + k, v) for k, v in w.items()), 'epoch': 3,
            'optimizer_state_dict': {'state': {}, 'param_groups': [{'lr': 1e-4, 'betas': (0.9, 0.99)}]}}, folder + '/wrapped.pth')
save_file(dict(w), folder + '/st.safetensors')
)";

class InferWeights : public ToolTest {
 protected:
  void SetUp() override {
    python_ = VCISR_TORCH_PYTHON;
    if (python_.empty()) GTEST_SKIP() << "LibTorch has no Python beside it";
    const auto made = run({python_, "-c", kWriteWeights, folder_.path().string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    ffmpeg({"-f", "lavfi", "-i", "mandelbrot=s=97x61", "-frames:v", "1", path("a.png")});
  }
  std::string restored_with(const std::string& model, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {path("a.png"), "-m",          path(model),
                                          "-o",          path("o.png"), "-y"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = infer(arguments);
    EXPECT_EQ(result.exit_code, 0) << model << ": " << result.err;
    return contents(path("o.png"));
  }

  std::string python_;
};

TEST_F(InferWeights, GivesTheSameBytesFromEveryForm) {
  const auto bare = restored_with("bare.pth");
  ASSERT_GT(bare.size(), 1000u);
  EXPECT_EQ(restored_with("ema.pth"), bare);
  EXPECT_EQ(restored_with("wrapped.pth"), bare);
  EXPECT_EQ(restored_with("st.safetensors"), bare);
  // Ours, written and read again, by our program and by Python.
  for (const std::string name : {"own.safetensors", "own.pth"}) {
    const auto converted = tool("vcisr-model", {"convert", path("wrapped.pth"), path(name)});
    ASSERT_EQ(converted.exit_code, 0) << converted.err;
    EXPECT_EQ(restored_with(name), bare);
  }
  const auto loaded =
      run({python_, "-c",
           "import sys, torch\n"
           "d = torch.load(sys.argv[1], weights_only=True)['params']\n"
           "b = torch.load(sys.argv[2], weights_only=True)\n"
           "assert list(d) == list(b) and all(torch.equal(d[k], b[k]) for k in b)\n",
           path("own.pth"), path("bare.pth")});
  EXPECT_EQ(loaded.exit_code, 0) << loaded.err;
}

TEST_F(InferWeights, TilesGiveTheUntiledPicture) {
  const auto whole = restored_with("bare.pth", {"--tile", "none"});
  EXPECT_EQ(restored_with("bare.pth", {"--tile", "32"}), whole);
}

TEST_F(InferWeights, MixesTwoFiles) {
  const auto all = restored_with("bare.pth");
  EXPECT_EQ(restored_with("bare.pth", {"-dn", "1", "--denoise-model", path("ema.pth")}), all);
  expect_failure(infer({path("a.png"), "-m", path("bare.pth"), "-dn", "0.5"}), 2,
                 "--denoise-model");
}

TEST_F(InferWeights, ModelToolTellsWhatIsInside) {
  const auto info = tool("vcisr-model", {"info", path("wrapped.pth")});
  EXPECT_EQ(info.exit_code, 0) << info.err;
  EXPECT_THAT(info.out, HasSubstr("srvgg_compact"));
  EXPECT_THAT(info.out, HasSubstr("model_state_dict"));
  EXPECT_EQ(tool("vcisr-model", {"verify", path("st.safetensors")}).exit_code, 0);
  expect_failure(tool("vcisr-model", {"info", path("none.pth")}), 6, "none.pth");
}

}  // namespace
}  // namespace vcisr::tests
