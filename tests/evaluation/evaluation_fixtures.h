// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include "media/video_fixtures.h"
#include "metrics/golden_pictures.h"
#include "support/temp_folder.h"
#include "vcisr/evaluation/evaluation.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/metrics/registry.h"

namespace vcisr::tests {

inline std::vector<metrics::MetricPtr> make_metrics(const std::vector<std::string>& yaml) {
  std::vector<metrics::MetricPtr> list;
  for (const auto& one : yaml) list.push_back(metrics::registry().make(Config::parse(one)));
  return list;
}

inline void write_picture(const std::filesystem::path& path, const torch::Tensor& rgb) {
  imaging::write_rgb8(path, rgb);
}

/// A film of a moving test picture without loss, with further ffmpeg arguments.
inline std::string make_film(const std::filesystem::path& path, const Words& more = {},
                             double seconds = 0.6) {
  ffmpeg(picture(seconds, "25", "64x48") + Words{"-pix_fmt", "yuv420p", "-c:v", "ffv1"} + more +
         Words{path.string()});
  return path.string();
}

inline evaluation::EvaluationItem film_item(const std::string& distorted,
                                            const std::string& reference) {
  return {"film", media::FileKind::kFilm, distorted, reference, {}};
}

}  // namespace vcisr::tests
