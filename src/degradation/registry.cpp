// SPDX-License-Identifier: Apache-2.0
#include "degradation/one_of.h"
#include "vcisr/degradation/blur.h"
#include "vcisr/degradation/noise.h"
#include "vcisr/degradation/resize.h"
#include "vcisr/degradation/rounding.h"
#include "vcisr/degradation/still_compression.h"
#include "vcisr/degradation/video_compression.h"

namespace vcisr::degradation {

const Registry<StagePtr>& stage_registry() {
  static const Registry<StagePtr> table{
      "degradation stage",
      {blur_entry(), clamp_entry(), jpeg_entry(), noise_entry(), one_of_entry(), resize_entry(),
       resize_to_lq_entry(), round_8bit_entry(), sinc_entry(), video_compression_entry(),
       webp_entry()}};
  return table;
}

}  // namespace vcisr::degradation
