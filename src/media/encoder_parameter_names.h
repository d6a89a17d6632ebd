// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vcisr::media {

/// FFmpeg's option that hands parameters to the encoder's library ("x265-params"); "" if none.
[[nodiscard]] std::string parameter_list_name(std::string_view encoder);

/// Names that the library knows there, for suggestions; what it really takes, it says itself.
[[nodiscard]] std::vector<std::string> parameter_names(std::string_view encoder);

/// Words of the options preset, tune and profile of x264 and x265; empty for anything else.
[[nodiscard]] std::vector<std::string> parameter_words(std::string_view encoder,
                                                       std::string_view option);

}  // namespace vcisr::media
