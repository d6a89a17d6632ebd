// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/autocast_mode.h>
#include <torch/types.h>

#include "vcisr/trainers/train_options.h"

namespace vcisr::trainers {

/// Mixed precision while it lives: operators that LibTorch lists for it run in 16 bits.
class Autocast {
 public:
  Autocast(const torch::Device& device, MixedPrecision precision)
      : device_(device.type()), is_on_(precision != MixedPrecision::kNone) {
    if (!is_on_) return;
    was_on_ = at::autocast::is_autocast_enabled(device_);
    type_before_ = at::autocast::get_autocast_dtype(device_);
    at::autocast::set_autocast_dtype(
        device_, precision == MixedPrecision::kBfloat16 ? at::kBFloat16 : at::kHalf);
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!is_on_) return;
    // Casts of weights are kept for the outermost section only: the next step has others.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, was_on_);
    at::autocast::set_autocast_dtype(device_, type_before_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool is_on_;
  bool was_on_ = false;
  at::ScalarType type_before_ = at::kFloat;
};

}  // namespace vcisr::trainers
