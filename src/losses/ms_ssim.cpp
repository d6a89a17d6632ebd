// SPDX-License-Identifier: Apache-2.0
// 1 - MS-SSIM (Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality
// assessment", Asilomar 2003).
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "losses/options.h"
#include "losses/windows.h"
#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

constexpr std::int64_t kTaps = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;
constexpr std::array<double, 5> kExponents = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
/// Contrast and structure of a whole picture can be negative, of which no power exists.
constexpr double kLeastMean = 1e-6;

struct MsSsimOptions {
  double loss_weight = 1;
  /// The first ones of the paper's five, their exponents scaled to the same sum: for patches that
  /// are too small for five.
  std::int64_t scales = 5;
};

/// Per channel, without a border where the window does not fit; halved by means of 2 x 2 pixels, of
/// which an odd side's last ones are left out. The channels' values are averaged.
class MsSsim final : public Loss {
 public:
  explicit MsSsim(const MsSsimOptions& options)
      : Loss(options.loss_weight),
        exponents_(kExponents.begin(), kExponents.begin() + options.scales) {
    const double paper = std::accumulate(kExponents.begin(), kExponents.end(), 0.0);
    const double ours = std::accumulate(exponents_.begin(), exponents_.end(), 0.0);
    for (double& exponent : exponents_) exponent *= paper / ours;
  }

 private:
  [[nodiscard]] torch::Tensor value(const torch::Tensor& restored,
                                    const torch::Tensor& hq) const override {
    const auto least = kTaps << (exponents_.size() - 1);
    TORCH_CHECK(restored.size(2) >= least && restored.size(3) >= least, "ms_ssim: with ",
                exponents_.size(), " scales pictures must be at least ", least, "x", least,
                ", but are ", restored.size(3), "x", restored.size(2));
    const auto taps = gaussian_taps(kTaps, kSigma, restored);
    auto a = restored;
    auto b = hq;
    torch::Tensor product;  // [N, C]
    for (std::size_t i = 0; i < exponents_.size(); ++i) {
      if (i > 0) {
        a = at::avg_pool2d(a, 2);
        b = at::avg_pool2d(b, 2);
      }
      const auto maps = ssim_maps(a, b, taps, 0, kC1, kC2);
      const bool is_last = i + 1 == exponents_.size();
      const auto map = is_last ? maps.luminance * maps.contrast_structure : maps.contrast_structure;
      const auto factor = map.mean({2, 3}).clamp_min(kLeastMean).pow(exponents_[i]);
      product = i == 0 ? factor : product * factor;
    }
    return 1 - product.mean();
  }

  std::vector<double> exponents_;
};

}  // namespace

LossEntry ms_ssim_entry() {
  return {.name = "ms_ssim",
          .summary = "1 - MS-SSIM, five scales",
          .example = "{type: ms_ssim, scales: 2}",
          .make = [](const Config& config) -> LossPtr {
            MsSsimOptions options;
            options.loss_weight = read_weight(config, "loss_weight", options.loss_weight);
            config.read("scales", options.scales, {1, 5});
            return std::make_unique<MsSsim>(options);
          },
          .aliases = {"mssim", "mssimloss"}};
}

}  // namespace vcisr::losses
