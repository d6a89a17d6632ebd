// SPDX-License-Identifier: Apache-2.0
// The field's baseline: Keys' cubic with a = -0.5 and mirrored borders, as MATLAB's imresize.
#include "networks/layers.h"
#include "vcisr/networks/network.h"
#include "vcisr/ops/resize.h"

namespace vcisr::networks {
namespace {

struct BicubicOptions {
  std::int64_t scale = 2;
};

class Bicubic final : public ImageNetwork {
 public:
  explicit Bicubic(const BicubicOptions& options) : options_(options) {}

  torch::Tensor forward_image(const torch::Tensor& lq) override {
    check_image("bicubic", lq);
    return ops::resize(lq, lq.size(2) * options_.scale, lq.size(3) * options_.scale);
  }

  void forward_into(const torch::Tensor& lq, torch::Tensor& out) override {
    if (lq.device() != out.device() || lq.scalar_type() != out.scalar_type() ||
        out.stride(-1) != 1) {
      Network::forward_into(lq, out);
      return;
    }
    const torch::NoGradGuard no_grad;
    for (std::int64_t b = 0; b < lq.size(0); ++b) {
      auto clip = out.select(0, b);
      ops::resize_out(lq.select(0, b), clip);
    }
  }

  [[nodiscard]] std::int64_t scale() const noexcept override { return options_.scale; }

  [[nodiscard]] TilingTraits tiling() const noexcept override {
    // Four taps, of which two lie beyond the pixel at most.
    return {.exact_halo_px = 2, .default_halo_px = 2};
  }

  [[nodiscard]] bool wants_unit_range() const noexcept override { return false; }
  [[nodiscard]] bool needs_float32() const noexcept override { return true; }

  [[nodiscard]] double bytes_per_lq_pixel() const noexcept override {
    const auto s2 = static_cast<double>(options_.scale * options_.scale);
    return 12 + 12 * s2;
  }

 private:
  BicubicOptions options_;
};

}  // namespace

NetworkEntry bicubic_entry() {
  return {.name = "bicubic",
          .summary = "Bicubic enlargement, a = -0.5 with mirrored borders (no weights)",
          .example = "{type: bicubic, scale: 2}",
          .make = [](const Config& config) -> NetworkPtr {
            BicubicOptions options;
            config.read("scale", options.scale, {1, 16});
            return std::make_shared<Bicubic>(options);
          }};
}

}  // namespace vcisr::networks
