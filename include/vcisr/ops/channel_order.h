// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr::ops {

/// What channel 0 of a picture is taken for by operators that weigh channels (luma, YCbCr).
/// Pictures are R, G, B everywhere in vcisr; kBgr computes what published code did that held B, G,
/// R and used the weights of R, G, B: channel c of the picture takes the part of channel 2 - c.
enum class ChannelOrder { kRgb, kBgr };

}  // namespace vcisr::ops
