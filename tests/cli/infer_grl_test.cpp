// SPDX-License-Identifier: Apache-2.0
// VCISR's generator as its training writes it, through the programs: a picture, a film, a
// conversion.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "cli/tool_fixture.h"
#include "support/hash_rule.h"
#include "support/temp_folder.h"
#include "vcisr/networks/network.h"

namespace vcisr::tests {
namespace {

using ::testing::HasSubstr;

// Arguments: the list of all keys and shapes, a folder. The values are those of hash_rule.h, the
// files those of VCISR's training and of a converter.
constexpr const char* kWriteWeights = R"(
import sys, numpy as np, torch
from collections import OrderedDict
from safetensors.torch import save_file
def hashed(key, shape):
    h = 2166136261
    for c in key.encode(): h = ((h ^ c) * 16777619) & 0xffffffff
    x = np.uint32(h) + np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(0x9E3779B9)
    x ^= x >> 16; x *= np.uint32(0x85EBCA6B); x ^= x >> 13; x *= np.uint32(0xC2B2AE35); x ^= x >> 16
    u = x / 2147483648.0 - 1.0
    if key.endswith('logit_scale'): v = 2.3 + 3.0 * u
    elif 'norm' in key: v = 0.1 * u if key.endswith('bias') else 1 + 0.1 * u
    elif key.endswith('bias'): v = 0.1 * u
    else: v = u * np.sqrt(3.0 / np.prod(shape[1:], dtype=np.float64))
    return torch.from_numpy(v.astype(np.float32).reshape(shape))
weights, buffers = OrderedDict(), OrderedDict()
for line in open(sys.argv[1]):
    if line.startswith('#') or not line.strip(): continue
    key, dtype, shape, role = line.rstrip('\n').split('\t')
    shape = [int(n) for n in shape.strip('[]').split(',')]
    if role == 'param': weights[key] = hashed(key, shape)
    elif dtype == 'i64': buffers[key] = torch.arange(int(np.prod(shape))).reshape(shape)
    else: buffers[key] = torch.full(shape, -100.0)
assert len(weights) == 440 and len(buffers) == 13
folder = sys.argv[2] + '/'
state = OrderedDict(('_orig_mod.' + k, v) for k, v in [*buffers.items(), *weights.items()])
moments = {i: {'step': torch.tensor(9.), 'exp_avg': torch.zeros(2), 'exp_avg_sq': torch.zeros(2)} for i in range(3)}
torch.save({'iteration': 1000, 'model_state_dict': state,
            'optimizer_state_dict': {'state': moments, 'param_groups': [{'lr': 2e-4, 'betas': (.9, .99), 'foreach': None, 'params': list(range(440))}]},
            'lowest_generator_weight': 0.0123, 'opt': {'scale': 4, 'kernel_list': ['iso', 'aniso'], 'video_codec_prob': [.2, .8]}},
           folder + 'vcisr.pth')
torch.save({'model_state_dict': weights}, folder + 'cleaned.pth')
save_file(dict(weights), folder + 'bare.safetensors')
)";

class InferGrl : public ToolTest {
 protected:
  static void SetUpTestSuite() {
    const std::string interpreter = VCISR_TORCH_PYTHON;
    if (interpreter.empty()) return;
    models_ = std::make_unique<TempFolder>();
    const auto made =
        run({interpreter, "-c", kWriteWeights,
             VCISR_GOLDEN_DIR "/vcisr_grl_small_x4_state_dict.txt", models_->path().string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  static void TearDownTestSuite() { models_.reset(); }
  void SetUp() override {
    if (models_ == nullptr) GTEST_SKIP() << "LibTorch has no Python beside it";
  }

  static std::string model(const std::string& name) { return (*models_ / name).string(); }

  /// The file restored with that model, as the output's bytes.
  std::string restored(const std::string& input, const std::string& output,
                       const std::string& model_file, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {path(input), "-m", model_file, "-o", path(output), "-y"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = infer(arguments);
    EXPECT_EQ(result.exit_code, 0) << model_file << ": " << result.err;
    EXPECT_THAT(result.err, ::testing::Not(HasSubstr("warn")));
    return contents(path(output));
  }

  /// The decoded planes of all frames, eight bits a sample.
  std::string samples(const std::string& file, const std::string& format) const {
    ffmpeg({"-i", path(file), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", format,
            path("samples")});
    return contents(path("samples"));
  }

 private:
  static inline std::unique_ptr<TempFolder> models_;
};

/// The largest difference between two rows of bytes, 256 if their lengths differ.
int largest_difference(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(
        largest, std::abs(static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i])));
  }
  return largest;
}

/// What the network makes of an rgb24 picture, as rgb24.
std::string expected_picture(const std::string& rgb, std::int64_t height, std::int64_t width) {
  auto network = networks::registry().make(Config::parse("{type: vcisr_small_x4}"));
  fill_by_hash_rule(*network);
  networks::prepare_for_inference(*network, torch::kCPU, torch::kFloat32);
  const torch::InferenceMode guard;
  auto bytes = rgb;  // from_blob takes no const.
  const auto lq = torch::from_blob(bytes.data(), {height, width, 3}, torch::kUInt8)
                      .permute({2, 0, 1})
                      .to(torch::kFloat32)
                      .div(255)
                      .reshape({1, 1, 3, height, width});
  const auto hq = network->forward(lq).clamp(0, 1).mul(255).round().to(torch::kUInt8);
  const auto packed = hq[0][0].permute({1, 2, 0}).contiguous();
  return {reinterpret_cast<const char*>(packed.data_ptr<std::uint8_t>()),
          static_cast<std::size_t>(packed.numel())};
}

TEST_F(InferGrl, RestoresAPictureWithTheSameBytesFromEveryFile) {
  ffmpeg({"-f", "lavfi", "-i", "mandelbrot=s=43x29", "-frames:v", "1", path("a.png")});
  const auto published = restored("a.png", "o.png", model("vcisr.pth"));
  const auto rgb = samples("o.png", "rgb24");
  ASSERT_EQ(rgb.size(), 4u * 43 * 4 * 29 * 3);
  EXPECT_LE(largest_difference(rgb, expected_picture(samples("a.png", "rgb24"), 29, 43)), 1);

  EXPECT_EQ(restored("a.png", "o.png", model("cleaned.pth")), published);
  EXPECT_EQ(restored("a.png", "o.png", model("bare.safetensors"), {"--network", "vcisr_small_x4"}),
            published);
  expect_failure(infer({path("a.png"), "-m", model("bare.safetensors"), "-o", path("p.png")}), 6,
                 "bare.safetensors: is a GRL network of unknown geometry (windows, stripes, "
                 "anchors), which the shapes of its parameters do not tell; name the one it was "
                 "trained with by --network: vcisr_small_x4, grl_small_sr_x4");

  const auto converted =
      tool("vcisr-model", {"convert", model("bare.safetensors"), path("own.safetensors"),
                           "--network", "vcisr_small_x4"});
  ASSERT_EQ(converted.exit_code, 0) << converted.err;
  EXPECT_EQ(restored("a.png", "o.png", path("own.safetensors")), published);
}

TEST_F(InferGrl, ModelToolTellsThePreset) {
  const auto info = tool("vcisr-model", {"info", model("vcisr.pth")});
  EXPECT_EQ(info.exit_code, 0) << info.err;
  EXPECT_THAT(info.out, HasSubstr("wrapper       model_state_dict; prefix _orig_mod."));
  EXPECT_THAT(info.out, HasSubstr("window_size: 8, stripe_size: [8, 8]"));
  EXPECT_THAT(info.out, HasSubstr("(by keys, shapes and tables)"));
  EXPECT_THAT(info.out, HasSubstr("preset        vcisr_small_x4: VCISR's generator"));
  EXPECT_THAT(info.out, HasSubstr("parameters    3487715"));
  const auto json = tool("vcisr-model", {"info", model("cleaned.pth"), "--json"});
  const auto network = nlohmann::json::parse(json.out)["network"];
  EXPECT_EQ(network["source"], "VCISR's wrapper");
  EXPECT_EQ(network["preset"]["name"], "vcisr_small_x4");
  const auto unknown = tool("vcisr-model", {"info", model("bare.safetensors")});
  EXPECT_THAT(unknown.out, HasSubstr("by --network: vcisr_small_x4, grl_small_sr_x4"));
  const auto list = infer({"--list-archs"});
  EXPECT_THAT(list.out, HasSubstr("\n  vcisr_small_x4     VCISR's generator"));
}

TEST_F(InferGrl, TiledAndUntiledFilmsDifferByOneCodeValueAtMost) {
  // Wide enough for a tile and its halo to leave some of the picture out.
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=176x8:r=25:d=0.8", "-pix_fmt", "yuv444p", "-c:v", "ffv1",
          path("f.mkv")});
  const std::vector<std::string> lossless = {"-c", "ffv1", "--precision", "fp32", "--tile"};
  const auto film = [&](const std::string& output, const std::string& tile) {
    auto arguments = lossless;
    arguments.push_back(tile);
    restored("f.mkv", output, model("vcisr.pth"), arguments);
    EXPECT_EQ(frame_count(path(output)), 20);
    return samples(output, "yuv444p");
  };
  const auto whole = film("whole.mkv", "none");
  ASSERT_EQ(whole.size(), 20u * 4 * 176 * 4 * 8 * 3);
  EXPECT_LE(largest_difference(film("tiled.mkv", "88"), whole), 1);
}

}  // namespace
}  // namespace vcisr::tests
