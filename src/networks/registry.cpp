// SPDX-License-Identifier: Apache-2.0
#include "networks/grl/grl_options.h"
#include "vcisr/networks/discriminator.h"
#include "vcisr/networks/network.h"

namespace vcisr::networks {

NetworkEntry bicubic_entry();
NetworkEntry grl_entry();
NetworkEntry identity_entry();
NetworkEntry rrdbnet_entry();
NetworkEntry srvgg_compact_entry();

DiscriminatorEntry unet_discriminator_entry();

namespace {

NetworkEntry grl_with_presets() {
  auto entry = grl_entry();
  for (const auto& preset : grl::presets()) {
    entry.presets.push_back({preset.name, preset.summary});
  }
  return entry;
}

}  // namespace

Registry<NetworkPtr>& registry() {
  static Registry<NetworkPtr> table{"network",
                                    {bicubic_entry(), grl_with_presets(), identity_entry(),
                                     rrdbnet_entry(), srvgg_compact_entry()}};
  return table;
}

Registry<DiscriminatorPtr>& discriminators() {
  static Registry<DiscriminatorPtr> table{"discriminator", {unet_discriminator_entry()}};
  return table;
}

}  // namespace vcisr::networks
