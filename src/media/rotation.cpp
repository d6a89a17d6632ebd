// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/rotation.h"

#include <cmath>

extern "C" {
#include <libavutil/display.h>
}

namespace vcisr::media {

std::optional<int> display_quarter_turns(const VideoInfo& info) {
  if (!info.display_matrix) return 0;
  const auto& matrix = *info.display_matrix;
  // A turn keeps the orientation of the plane; a mirror does not.
  const double determinant =
      static_cast<double>(matrix[0]) * matrix[4] - static_cast<double>(matrix[1]) * matrix[3];
  const double degrees = -av_display_rotation_get(matrix.data());
  const double turns = degrees / 90;
  if (std::isnan(degrees) || determinant <= 0 || std::abs(turns - std::round(turns)) > 1e-3) {
    return std::nullopt;
  }
  return ((static_cast<int>(std::lround(turns)) % 4) + 4) % 4;
}

}  // namespace vcisr::media
