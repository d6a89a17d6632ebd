// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/natural_scene_golden.h"
#include "metrics/npz.h"
#include "support/shared_data.h"
#include "support/subprocess.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/metrics/niqe.h"

namespace vcisr::metrics {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr AtomicFile::Existing kRefuse = AtomicFile::Existing::kRefuse;

std::string refusal(const std::filesystem::path& path) {
  try {
    (void)load_niqe_model(path);
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), StartsWith(path.string() + ": "));
    return std::string(error.what()).substr(path.string().size() + 2);
  }
  return "";
}

/// Pictures whose blocks differ: noise of `strength` over a ramp, smoother from left to right.
torch::Tensor scene(std::int64_t seed, std::int64_t height, std::int64_t width) {
  torch::Tensor rgb = torch::empty({3, height, width});
  auto samples = rgb.accessor<float, 3>();
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const auto noise =
            static_cast<double>(hash32(x, y, c, static_cast<std::uint32_t>(seed)) % 1000) / 1000.0 -
            0.5;
        const double wave = std::sin(0.05 * static_cast<double>(x + seed * y));
        const double strength = 0.1 + 0.04 * static_cast<double>((x / 96 + y / 96 + seed) % 3);
        samples[c][y][x] = static_cast<float>(0.5 + 0.2 * wave + strength * noise);
      }
    }
  }
  return rgb;
}

TEST(NiqeModel, SurvivesItsFile) {
  const tests::TempFolder folder;
  save_niqe_model(folder / "own.npz", made_up_niqe_model(), kRefuse);
  const NiqeModel back = load_niqe_model(folder / "own.npz");
  EXPECT_EQ(back.mean, made_up_niqe_model().mean);
  EXPECT_EQ(back.covariance, made_up_niqe_model().covariance);
  EXPECT_THAT(back.name, StartsWith("own.npz, sha256 "));
  EXPECT_THROW(save_niqe_model(folder / "own.npz", made_up_niqe_model(), kRefuse), OutputError);
  save_niqe_model(folder / "own.npz", made_up_niqe_model(), AtomicFile::Existing::kReplace);
  EXPECT_THROW(save_niqe_model(folder / "no.npz", NiqeModel(), kRefuse), c10::Error);
}

TEST(NiqeModel, IsReadByNumpy) {
  const std::string python = VCISR_TORCH_PYTHON;
  if (python.empty()) GTEST_SKIP() << "LibTorch came without a Python";
  const tests::TempFolder folder;
  save_niqe_model(folder / "own.npz", made_up_niqe_model(), kRefuse);
  const auto result = tests::run(
      {python, "-c",
       "import sys, numpy\n"
       "d = numpy.load(sys.argv[1])\n"
       "m, c, w = d['mu_pris_param'], d['cov_pris_param'], d['gaussian_window']\n"
       "print(m.dtype, m.shape, c.shape, w.shape, m[0, 2], c[3, 5], c[4, 4], round(w.sum(), 12))",
       (folder / "own.npz").string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.substr(0, result.out.find('\n')),
            "float64 (1, 36) (36, 36) (7, 7) 0.6 0.016666666666666666 0.15000000000000002 1.0");
}

TEST(NiqeModel, ReadsWhatNumpyWrites) {
  const std::string python = VCISR_TORCH_PYTHON;
  if (python.empty()) GTEST_SKIP() << "LibTorch came without a Python";
  const tests::TempFolder folder;
  const auto result = tests::run(
      {python, "-c",
       "import sys, numpy as n\n"
       "m, c = n.arange(36.0), n.asfortranarray(n.eye(36) + 0.25)\n"
       "n.savez(sys.argv[1] + '/good.npz', mu_pris_param=m.astype('f4'), cov_pris_param=c)\n"
       "n.savez_compressed(sys.argv[1] + '/packed.npz', mu_pris_param=m, cov_pris_param=c)\n"
       "n.savez(sys.argv[1] + '/ints.npz', mu_pris_param=n.arange(36), cov_pris_param=c)\n"
       "n.savez(sys.argv[1] + '/other.npz', mean=m)\n"
       "n.savez(sys.argv[1] + '/short.npz', mu_pris_param=m[:35], cov_pris_param=c)\n"
       "n.savez(sys.argv[1] + '/flat.npz', mu_pris_param=m, cov_pris_param=c.ravel())\n",
       folder.path().string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const NiqeModel model = load_niqe_model(folder / "good.npz");
  EXPECT_EQ(model.mean.at(35), 35.0);
  EXPECT_EQ(model.covariance.at(0), 1.25);
  EXPECT_EQ(model.covariance.at(1), 0.25);
  EXPECT_THAT(refusal(folder / "packed.npz"), HasSubstr("compress"));
  EXPECT_EQ(refusal(folder / "ints.npz"),
            "has numbers of type '<i8' in 'mu_pris_param', where '<f8' or '<f4' was expected");
  EXPECT_EQ(refusal(folder / "other.npz"), "is no NIQE model: it has no array 'mu_pris_param'");
  EXPECT_EQ(refusal(folder / "short.npz"),
            "has 'mu_pris_param' of shape 35, where 36 numbers were expected");
  EXPECT_EQ(refusal(folder / "flat.npz"),
            "has 'cov_pris_param' of shape 1296, where 36x36 was expected");
}

TEST(NiqeModel, ThatIsDamagedIsRefused) {
  const tests::TempFolder folder;
  const auto save = [&folder](const std::string& name, NiqeModel model, std::size_t at, double to) {
    model.covariance.at(at) = to;
    save_niqe_model(folder / name, model, kRefuse);
    return folder / name;
  };
  const NiqeModel good = made_up_niqe_model();
  EXPECT_EQ(refusal(save("nan", good, 1, std::numeric_limits<double>::quiet_NaN())),
            "is damaged: 'cov_pris_param' holds what is no finite number");
  EXPECT_EQ(refusal(save("skew", good, 1, 0.9)), "is damaged: 'cov_pris_param' is not symmetric");
  EXPECT_EQ(refusal(save("zero", good, 37, 0.0)),
            "is damaged: the variance of feature 2 in 'cov_pris_param' is not positive");
  EXPECT_NE(refusal(folder / "absent.npz"), "");
  EXPECT_NE(refusal(folder.path()), "");
}

/// Without the sync to disk of write_file().
void overwrite(const std::filesystem::path& path, const std::uint8_t* bytes, std::size_t count) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
}

// Whatever byte is lost or changed, a model is read as it was or refused.
TEST(NiqeModel, ThatIsCutOffOrChangedIsRefused) {
  const tests::TempFolder folder;
  save_niqe_model(folder / "good.npz", made_up_niqe_model(), kRefuse);
  const auto bytes = read_file(folder / "good.npz");
  for (std::size_t size = 0; size < bytes.size(); size += 397) {
    overwrite(folder / "cut.npz", bytes.data(), size);
    EXPECT_NE(refusal(folder / "cut.npz"), "") << size;
  }
  for (std::size_t at = 0; at < bytes.size(); at += 61) {
    auto changed = bytes;
    changed[at] ^= 0x41;
    overwrite(folder / "changed.npz", changed.data(), changed.size());
    if (refusal(folder / "changed.npz").empty()) {
      EXPECT_EQ(load_niqe_model(folder / "changed.npz").covariance, made_up_niqe_model().covariance)
          << at;
    }
  }
}

TEST(NiqeFit, TakesTheSharpBlocksOfEachPicture) {
  torch::Tensor rgb = torch::full({3, 96, 288}, 0.5f);
  const auto noise = [](double strength) {
    return ((scene(3, 96, 96) - 0.5) * strength + 0.5).to(torch::kFloat32);
  };
  rgb.narrow(2, 0, 96).copy_(noise(0.5));
  rgb.narrow(2, 96, 96).copy_(noise(1.0));
  rgb.narrow(2, 192, 96).copy_(noise(0.9));
  NiqeFit fit(NiqeConvention::kPyiqa);
  fit.add(rgb);
  EXPECT_EQ(fit.blocks(), 2);
  EXPECT_THROW(fit.add(torch::zeros({3, 90, 96})), c10::Error);
  try {
    (void)fit.finish();
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "a NIQE model needs at least 37 sharp blocks of 96x96 pixels, but the pictures "
                 "gave 2: give more or larger photographs");
  }
}

TEST(NiqeFit, GivesAModelThatItsOwnPicturesAreNearTo) {
  NiqeFit fit(NiqeConvention::kPyiqa);
  for (std::int64_t seed = 1; seed <= 8; ++seed) fit.add(scene(seed, 288, 384));
  ASSERT_GE(fit.blocks(), kNiqeFitMinBlocks);
  const NiqeModel model = fit.finish();
  EXPECT_THAT(model.name, EndsWith(" blocks"));
  const torch::Tensor fresh = scene(9, 288, 384);
  const torch::Tensor smooth =
      at::avg_pool2d(fresh.unsqueeze(0), {3, 3}, {1, 1}, {1, 1}, false, false).squeeze(0);
  const double near = niqe(fresh, model, NiqeConvention::kPyiqa);
  EXPECT_GT(niqe(smooth, model, NiqeConvention::kPyiqa), 1.5 * near);
  const tests::TempFolder folder;
  save_niqe_model(folder / "fit.npz", model, kRefuse);
  EXPECT_EQ(niqe(fresh, load_niqe_model(folder / "fit.npz"), NiqeConvention::kPyiqa), near);
}

TEST(PublishedNiqe, OfAModelFittedToPhotographsRanksNoisyOnesBehind) {
  VCISR_SKIP_WITHOUT_SHARED("data/images/bsds_train");
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(shared_path("data/images/bsds_train"))) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  constexpr std::size_t kHeldOut = 6;
  constexpr std::size_t kFitted = 100;
  ASSERT_GE(files.size(), kHeldOut + kFitted);
  NiqeFit fit(NiqeConvention::kPyiqa);
  for (std::size_t i = kHeldOut; i < kHeldOut + kFitted; ++i) {
    fit.add(unit_picture(imaging::read_rgb8(files[i])));
  }
  const NiqeModel model = fit.finish();
  for (std::size_t i = 0; i < kHeldOut; ++i) {
    const torch::Tensor clean = imaging::read_rgb8(files[i]);
    torch::Tensor noisy = clean.to(torch::kFloat32);
    auto samples = noisy.accessor<float, 3>();
    for (std::int64_t y = 0; y < noisy.size(1); ++y) {
      for (std::int64_t x = 0; x < noisy.size(2); ++x) {
        for (std::int64_t c = 0; c < 3; ++c) {
          samples[c][y][x] += static_cast<float>(hash32(x, y, c, 5) % 101) - 50.0f;
        }
      }
    }
    EXPECT_GT(niqe(noisy.clamp(0, 255).div(255), model, NiqeConvention::kPyiqa),
              niqe(unit_picture(clean), model, NiqeConvention::kPyiqa))
        << files[i];
  }
}

}  // namespace
}  // namespace vcisr::metrics
