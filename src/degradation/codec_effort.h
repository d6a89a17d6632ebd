// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vcisr::degradation {

/// The preset word of x264 (ultrafast … placebo) in the codec's own terms: itself for libx264 and
/// libx265, a number for libsvtav1 (preset), libvpx-vp9 and libaom-av1 (cpu-used), "" for the MPEG
/// encoders, which have none. Other words are handed on for the encoder to judge.
[[nodiscard]] std::string effort_of(const std::string& codec, const std::string& word);

}  // namespace vcisr::degradation
