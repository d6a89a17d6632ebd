// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/restorer.h"

#include <cmath>
#include <memory>
#include <new>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/hash_rule.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/networks/weights.h"
#include "vcisr/ops/resize.h"

namespace vcisr::inference {
namespace {

using ::testing::HasSubstr;

networks::NetworkPtr make(const std::string& yaml) {
  return networks::registry().make(Config::parse(yaml));
}

/// x2 by repetition; refuses pictures above a size as a device without memory does, and can be made
/// to give NaN in low precision or always.
class PretendNetwork final : public networks::ImageNetwork {
 public:
  std::int64_t largest_px = 1 << 20;
  bool is_nan_in_low_precision = false;
  bool is_nan_always = false;
  const char* sees_whole_picture = nullptr;
  std::int64_t largest_batch = 1 << 20;
  double bytes_per_pixel = 100;
  int forwards = 0;

  PretendNetwork() { weight_ = register_parameter("weight", torch::ones({1})); }

  torch::Tensor forward_image(const torch::Tensor& lq) override {
    ++forwards;
    if (lq.size(2) > largest_px || lq.size(3) > largest_px || lq.size(0) > largest_batch) {
      throw std::bad_alloc();
    }
    auto x = lq.to(torch::kFloat32) * weight_.to(torch::kFloat32);
    if (is_nan_always || (is_nan_in_low_precision && weight_.dtype() != torch::kFloat32)) {
      x = x + std::nan("");
    }
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3).to(lq.dtype());
  }
  std::int64_t scale() const noexcept override { return 2; }
  networks::TilingTraits tiling() const noexcept override {
    return {.sees_whole_picture = sees_whole_picture};
  }
  double bytes_per_lq_pixel() const noexcept override { return bytes_per_pixel; }

 private:
  torch::Tensor weight_;
};

torch::Tensor run(Restorer& restorer, const torch::Tensor& lq) {
  auto out = torch::empty(
      {lq.size(0), 3, restorer.output_size(lq.size(2)), restorer.output_size(lq.size(3))});
  restorer.restore(lq, out);
  return out;
}

TEST(Restorer, HalvesTilesUntilMemoryIsEnough) {
  const auto network = std::make_shared<PretendNetwork>();
  network->largest_px = 40;
  Restorer restorer(network, {});
  const auto lq = tests::hash_image("lq", {1, 3, 100, 130});
  const tests::ExpectedWarnings warnings;
  const auto out = run(restorer, lq);
  EXPECT_TRUE(torch::equal(out, lq.repeat_interleave(2, 2).repeat_interleave(2, 3)));
  EXPECT_EQ(restorer.events().out_of_memory_retries, 2);  // 130 -> 65 -> 32
  EXPECT_EQ(restorer.events().tile_px, 32);
  EXPECT_THAT(warnings.messages().at(0), HasSubstr("out of memory on cpu"));
  (void)run(restorer, lq);  // Remembers.
  EXPECT_EQ(restorer.events().out_of_memory_retries, 2);
}

TEST(Restorer, GivesUpWhenTheSmallestTileDoesNotFit) {
  const auto network = std::make_shared<PretendNetwork>();
  network->largest_px = 2;
  Restorer restorer(network, {});
  const tests::ExpectedWarnings warnings;
  EXPECT_THROW((void)run(restorer, torch::rand({1, 3, 64, 64})), DeviceError);
}

std::shared_ptr<PretendNetwork> network_that_sees_all() {
  auto network = std::make_shared<PretendNetwork>();
  network->sees_whole_picture = "it looks around";
  return network;
}

/// The message of the DeviceError that restoring gives, "" if it succeeds.
std::string device_error(Restorer& restorer, const torch::Tensor& lq) {
  try {
    (void)run(restorer, lq);
    return "";
  } catch (const DeviceError& error) {
    return error.what();
  }
}

TEST(Restorer, DoesNotTileUnaskedWhatSeesTheWholePicture) {
  const auto network = network_that_sees_all();
  network->bytes_per_pixel = 1e10;
  const auto lq = torch::rand({1, 3, 48, 64});
  Restorer restorer(network, {});
  const auto message = device_error(restorer, lq);
  EXPECT_THAT(message,
              ::testing::MatchesRegex(
                  "a picture of 64x48 needs about 35762.8 GiB of memory, but of the [0-9.]+ "
                  "[GM]iB free on cpu [0-9.]+ [GM]iB may be used, and tiles would change "
                  "the result, because it looks around: give --tile 1 to tile it "
                  "nevertheless in the published way \\(overlapping tiles, averaged\\), "
                  "--tile none to try without tiles all the same, or use a machine with "
                  "more memory"));
  EXPECT_EQ(network->forwards, 0);
  Restorer trying(network, {.tile_px = RestorerOptions::kNoTiles});
  EXPECT_EQ(device_error(trying, lq), "");
  EXPECT_EQ(network->forwards, 1);
  network->bytes_per_pixel = 100;
  EXPECT_EQ(device_error(restorer, lq), "");  // Does not remember the refusal.
  EXPECT_EQ(restorer.events().tile_px, 0);
}

TEST(Restorer, DoesNotHalveTilesOfWhatSeesTheWholePicture) {
  const auto network = network_that_sees_all();
  network->largest_px = 40;
  const auto lq = torch::rand({1, 3, 100, 130});
  for (const auto tile : {RestorerOptions::kAutoTile, RestorerOptions::kNoTiles}) {
    Restorer restorer(network, {.tile_px = tile});
    network->forwards = 0;
    const auto message = device_error(restorer, lq);
    EXPECT_THAT(message, HasSubstr("out of memory on cpu: a picture of 130x100 needs about 2 MiB"));
    EXPECT_THAT(message, HasSubstr("because it looks around: give --tile 65 to tile it"));
    EXPECT_EQ(network->forwards, 1);
  }
  const tests::ExpectedWarnings warnings;
  Restorer restorer(network, {.tile_px = 48});
  EXPECT_THAT(device_error(restorer, lq),
              HasSubstr("out of memory on cpu with tiles of 48 pixels: give a smaller --tile"));
  EXPECT_EQ(restorer.events().out_of_memory_retries, 0);
}

TEST(Restorer, TilesWhatSeesTheWholePictureWhenAsked) {
  const auto network = network_that_sees_all();
  network->largest_px = 40;
  network->bytes_per_pixel = 1e10;  // Whoever asks for tiles answers for their size.
  Restorer restorer(network, {.tile_px = 40, .halo_px = 12});
  const tests::ExpectedWarnings warnings;
  EXPECT_EQ(device_error(restorer, torch::rand({1, 3, 40, 9})), "");
  EXPECT_THAT(warnings.messages(), ::testing::IsEmpty()) << "one tile is the whole picture";
  const auto lq = tests::hash_image("lq", {2, 3, 100, 130});
  const auto expected = lq.repeat_interleave(2, 2).repeat_interleave(2, 3);
  for (int i = 0; i < 2; ++i) {
    EXPECT_LE((run(restorer, lq) - expected).abs().max().item<float>(), 1e-6f);
  }
  EXPECT_EQ(restorer.events().tile_px, 40);
  EXPECT_THAT(warnings.messages(),
              ::testing::ElementsAre("it looks around: in tiles the result depends on their size, "
                                     "here 40 pixels that overlap by 12 and are averaged"));
}

TEST(Restorer, TakesFewerFramesOfWhatSeesTheWholePicture) {
  const auto network = network_that_sees_all();
  network->largest_batch = 2;
  const auto lq = tests::hash_image("lq", {5, 3, 9, 7});
  const auto expected = lq.repeat_interleave(2, 2).repeat_interleave(2, 3);
  for (const std::int64_t tile : {RestorerOptions::kAutoTile, std::int64_t{64}}) {
    Restorer restorer(network, {.tile_px = tile});
    EXPECT_TRUE(torch::equal(run(restorer, lq), expected));
    EXPECT_EQ(restorer.events().out_of_memory_retries, 1);  // 5 -> 2
    EXPECT_EQ(restorer.events().tile_px, tile);
  }
}

TEST(Restorer, RefusesTilesThatOverlapByAWholeTile) {
  try {
    Restorer restorer(network_that_sees_all(), {.tile_px = 16, .halo_px = 16});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--tile-pad 16: tiles of 16 pixels cannot overlap"));
  }
  Restorer fine(std::make_shared<PretendNetwork>(), {.tile_px = 16, .halo_px = 16});
}

TEST(Restorer, RedoesNonFinitePicturesInFloat32) {
  const auto network = std::make_shared<PretendNetwork>();
  network->is_nan_in_low_precision = true;
  Restorer restorer(network, {.precision = Precision::kBfloat16});
  const auto lq = tests::hash_image("lq", {1, 3, 9, 7});
  const tests::ExpectedWarnings warnings;
  const auto out = run(restorer, lq);
  EXPECT_TRUE(torch::equal(out, lq.repeat_interleave(2, 2).repeat_interleave(2, 3)));
  EXPECT_EQ(restorer.events().non_finite_redone, 1);
  EXPECT_THAT(warnings.messages().at(0), HasSubstr("not finite in bf16"));
}

TEST(Restorer, RefusesResultsThatAreNeverFinite) {
  const auto network = std::make_shared<PretendNetwork>();
  network->is_nan_always = true;
  Restorer restorer(network, {});
  try {
    (void)run(restorer, torch::rand({1, 3, 8, 8}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("weights are damaged"));
  }
}

TEST(Restorer, ReachesAnyFinalSizeByLanczos) {
  Restorer restorer(make("{type: bicubic, scale: 3}"), {.outscale = 2.5});
  const auto lq = tests::hash_image("lq", {1, 3, 21, 18});
  const auto out = run(restorer, lq);
  EXPECT_EQ(out.sizes().vec(), (std::vector<std::int64_t>{1, 3, 53, 45}));
  const auto x3 = ops::resize(lq, 63, 54, ops::ResizeFilter::kBicubic);
  const auto expected = ops::resize(x3, 53, 45, ops::ResizeFilter::kLanczos3);
  EXPECT_LE((out - expected).abs().max().item<float>(), 1e-6f);
}

TEST(Restorer, TtaIsTheMeanOfEightViews) {
  auto network = make("{type: srvgg_compact, num_feat: 8, num_conv: 2, scale: 2}");
  tests::fill_by_hash_rule(*network);
  Restorer restorer(network, {.tta = true});
  const auto lq = tests::hash_image("lq", {1, 3, 12, 9});
  const auto out = run(restorer, lq);
  auto sum = torch::zeros_like(out);
  const torch::NoGradGuard no_grad;
  for (int turn = 0; turn < 4; ++turn) {
    for (const bool flip : {false, true}) {
      auto x = torch::rot90(flip ? lq.flip(3) : lq, turn, {2, 3});
      auto y = network->forward(x.contiguous().unsqueeze(1)).squeeze(1);
      y = torch::rot90(y, -turn, {2, 3});
      sum += flip ? y.flip(3) : y;
    }
  }
  EXPECT_LE((out - sum / 8).abs().max().item<float>(), 1e-5f);
}

TEST(Restorer, ClampsOnlyForNetworksThatAskForIt) {
  const auto wild = torch::full({1, 3, 8, 8}, 1.5f);
  Restorer bicubic(make("{type: bicubic, scale: 2}"), {});
  EXPECT_NEAR(run(bicubic, wild).max().item<float>(), 1.5, 1e-5);
  Restorer clamping(std::make_shared<PretendNetwork>(), {});
  EXPECT_EQ(run(clamping, wild).max().item<float>(), 1.0f);
}

TEST(Restorer, PrePadChangesNeitherSizeNorInterior) {
  auto network = make("{type: srvgg_compact, num_feat: 8, num_conv: 1, scale: 2}");
  tests::fill_by_hash_rule(*network);
  const auto lq = tests::hash_image("lq", {1, 3, 20, 22});
  Restorer plain(network, {});
  const auto expected = run(plain, lq);
  Restorer padded(network, {.pre_pad_px = 10});
  const auto out = run(padded, lq);
  ASSERT_EQ(out.sizes(), expected.sizes());
  const auto difference = (out - expected).abs();
  EXPECT_LE(difference.slice(2, 0, 30).slice(3, 0, 34).max().item<float>(), 1e-5f);
  EXPECT_GT(difference.max().item<float>(), 1e-4f);
}

TEST(Restorer, SaysWhichPrecisionTheCpuLacks) {
  const auto network = make("{type: bicubic, scale: 2}");
  try {
    Restorer restorer(network, {.precision = Precision::kFloat16});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("use bf16 or fp32"));
  }
}

TEST(ParseDevice, TellsWhatIsThere) {
  EXPECT_EQ(parse_device("cpu"), torch::Device(torch::kCPU));
  EXPECT_THROW((void)parse_device("99"), DeviceError);
  EXPECT_THROW((void)parse_device("abc"), ConfigError);
  EXPECT_THROW((void)parse_device("0,1"), ConfigError);
}

}  // namespace
}  // namespace vcisr::inference
