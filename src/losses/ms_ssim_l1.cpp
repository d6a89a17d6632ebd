// SPDX-License-Identifier: Apache-2.0
// The mix of MS-SSIM and L1 of Zhao, Gallo, Frosio and Kautz, "Loss functions for image restoration
// with neural networks" (IEEE TCI 2017): the scales are Gaussian windows of growing width on one
// picture, not pictures of shrinking size.
#include <array>

#include "losses/options.h"
#include "losses/windows.h"
#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

constexpr std::array<double, 5> kSigmas = {0.5, 1, 2, 4, 8};
constexpr std::int64_t kTaps = 33;  // Two deviations of the widest window to each side.
// VCISR's; the paper has 0.03 for the second.
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.4 * 0.4;

struct MsSsimL1Options {
  double loss_weight = 1;
  double alpha = 0.2;  ///< Share of MS-SSIM; the paper has 0.84.
};

/// Mean over pixels and channels of
///   alpha (1 - l(8) cs(0.5) cs(1) cs(2) cs(4) cs(8)) + (1 - alpha) G(8) * |restored - hq|
/// (the paper's equations 9 to 14), each channel for itself, with zeros around the picture.
class MsSsimL1 final : public Loss {
 public:
  explicit MsSsimL1(const MsSsimL1Options& options)
      : Loss(options.loss_weight), alpha_(options.alpha) {}

 private:
  [[nodiscard]] torch::Tensor value(const torch::Tensor& restored,
                                    const torch::Tensor& hq) const override {
    constexpr std::int64_t kPadding = kTaps / 2;
    torch::Tensor similarity;  // [N, C, H, W]
    for (const double sigma : kSigmas) {
      const auto taps = gaussian_taps(kTaps, sigma, restored);
      const auto maps = ssim_maps(restored, hq, taps, kPadding, kC1, kC2);
      similarity =
          similarity.defined() ? similarity * maps.contrast_structure : maps.contrast_structure;
      if (sigma == kSigmas.back()) similarity = similarity * maps.luminance;
    }
    const auto widest = gaussian_taps(kTaps, kSigmas.back(), restored);
    const auto difference = filtered((restored - hq).abs(), widest, kPadding);
    return (alpha_ * (1 - similarity) + (1 - alpha_) * difference).mean();
  }

  double alpha_;
};

}  // namespace

LossEntry ms_ssim_l1_entry() {
  return {.name = "ms_ssim_l1",
          .summary = "A mix of MS-SSIM over widening windows and of L1",
          .example = "{type: ms_ssim_l1}",
          .make = [](const Config& config) -> LossPtr {
            MsSsimL1Options options;
            options.loss_weight = read_weight(config, "loss_weight", options.loss_weight);
            config.read("alpha", options.alpha, {0.0, 1.0});
            return std::make_unique<MsSsimL1>(options);
          },
          .aliases = {"L1_MS-SSIM_loss"}};
}

}  // namespace vcisr::losses
