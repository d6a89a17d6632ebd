// SPDX-License-Identifier: Apache-2.0
// Gives every frame back as it is: the test of everything around a network.
#include "networks/layers.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {
namespace {

class Identity final : public ImageNetwork {
 public:
  torch::Tensor forward_image(const torch::Tensor& lq) override {
    check_image("identity", lq);
    return lq;
  }

  [[nodiscard]] std::int64_t scale() const noexcept override { return 1; }
  [[nodiscard]] TilingTraits tiling() const noexcept override { return {}; }
  [[nodiscard]] bool wants_unit_range() const noexcept override { return false; }
  [[nodiscard]] bool needs_float32() const noexcept override { return true; }
  // Input and output, three floats each.
  [[nodiscard]] double bytes_per_lq_pixel() const noexcept override { return 24; }
};

}  // namespace

NetworkEntry identity_entry() {
  return {.name = "identity",
          .summary = "Gives every frame back unchanged (no weights)",
          .example = "{type: identity}",
          .make = [](const Config&) -> NetworkPtr { return std::make_shared<Identity>(); }};
}

}  // namespace vcisr::networks
