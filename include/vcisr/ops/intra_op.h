// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr::ops {

/// From here on operators called on this thread run on this thread alone: for pools that work on
/// several pictures at once. Other threads are not touched.
void use_one_intra_op_thread();

}  // namespace vcisr::ops
