// SPDX-License-Identifier: Apache-2.0
#include "vcisr/networks/network.h"

namespace vcisr::networks {

NetworkEntry bicubic_entry();
NetworkEntry grl_entry();
NetworkEntry identity_entry();
NetworkEntry rrdbnet_entry();
NetworkEntry srvgg_compact_entry();

Registry<NetworkPtr>& registry() {
  static Registry<NetworkPtr> table{
      "network",
      {bicubic_entry(), grl_entry(), identity_entry(), rrdbnet_entry(), srvgg_compact_entry()}};
  return table;
}

}  // namespace vcisr::networks
