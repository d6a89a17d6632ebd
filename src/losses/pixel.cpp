// SPDX-License-Identifier: Apache-2.0
// Losses that compare pixel by pixel.
#include "losses/options.h"
#include "vcisr/losses/loss.h"

namespace vcisr::losses {
namespace {

enum class Reduction { kMean, kSum };

struct PixelOptions {
  double loss_weight = 1;
  Reduction reduction = Reduction::kMean;
};

PixelOptions read_pixel_options(const Config& config) {
  PixelOptions options;
  options.loss_weight = read_weight(config, "loss_weight", options.loss_weight);
  config.read_enum("reduction", options.reduction,
                   {{"mean", Reduction::kMean}, {"sum", Reduction::kSum}});
  return options;
}

class PixelLoss : public Loss {
 public:
  explicit PixelLoss(const PixelOptions& options)
      : Loss(options.loss_weight), reduction_(options.reduction) {}

 private:
  /// Of each value; restored - hq.
  [[nodiscard]] virtual torch::Tensor of(const torch::Tensor& difference) const = 0;

  [[nodiscard]] torch::Tensor value(const torch::Tensor& restored,
                                    const torch::Tensor& hq) const final {
    const auto each = of(restored - hq);
    return reduction_ == Reduction::kMean ? each.mean() : each.sum();
  }

  Reduction reduction_;
};

class L1 final : public PixelLoss {
 public:
  using PixelLoss::PixelLoss;

 private:
  [[nodiscard]] torch::Tensor of(const torch::Tensor& difference) const override {
    return difference.abs();
  }
};

class Mse final : public PixelLoss {
 public:
  using PixelLoss::PixelLoss;

 private:
  [[nodiscard]] torch::Tensor of(const torch::Tensor& difference) const override {
    return difference.square();
  }
};

class Charbonnier final : public PixelLoss {
 public:
  Charbonnier(const PixelOptions& options, double eps) : PixelLoss(options), eps_(eps) {}

 private:
  [[nodiscard]] torch::Tensor of(const torch::Tensor& difference) const override {
    return (difference.square() + eps_).sqrt();
  }

  double eps_;
};

/// What a section that gives no eps means: BasicSR and traiNNer have another default than VCISR.
double default_eps(const Config& config) {
  const auto type = config.get<std::string>("type");
  return type == "CharbonnierLoss" || type == "charbonnierloss" ? 1e-12 : 1e-6;
}

}  // namespace

LossEntry l1_entry() {
  return {.name = "l1",
          .summary = "Mean of |restored - hq|",
          .example = "{type: l1}",
          .make = [](const Config& config) -> LossPtr {
            return std::make_unique<L1>(read_pixel_options(config));
          },
          .aliases = {"L1", "L1Loss", "l1loss"}};
}

LossEntry mse_entry() {
  return {.name = "mse",
          .summary = "Mean of (restored - hq)^2",
          .example = "{type: mse}",
          .make = [](const Config& config) -> LossPtr {
            return std::make_unique<Mse>(read_pixel_options(config));
          },
          .aliases = {"MSELoss", "mseloss", "L2Loss"}};
}

LossEntry charbonnier_entry() {
  return {.name = "charbonnier",
          .summary = "Mean of sqrt((restored - hq)^2 + eps)",
          .example = "{type: charbonnier}",
          .make = [](const Config& config) -> LossPtr {
            double eps = default_eps(config);
            config.read("eps", eps, {1e-30, 1.0});
            return std::make_unique<Charbonnier>(read_pixel_options(config), eps);
          },
          .aliases = {"CharbonnierLoss", "charbonnierloss", "L1_Charbonnier"}};
}

}  // namespace vcisr::losses
