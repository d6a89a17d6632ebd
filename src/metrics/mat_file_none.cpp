// SPDX-License-Identifier: Apache-2.0
#include "metrics/mat_file.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {

std::vector<MatValue> read_mat_file(const std::filesystem::path& path) {
  throw ConfigError(path.string() +
                    ": reading MATLAB files needs the library matio, which this build lacks: "
                    "install libmatio-dev and build again");
}

}  // namespace vcisr::metrics
