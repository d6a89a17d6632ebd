// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vcisr {

/// The candidate nearest to `word` by edit distance (a swap of neighbours counts one), or "" when
/// none is near enough to be a typing error (distance above max(1, length / 3)). Hyphens and
/// underscores count as equal.
[[nodiscard]] std::string nearest_name(std::string_view word,
                                       std::span<const std::string> candidates);

/// " (did you mean 'x'?)" or "".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

/// "a, b, c".
[[nodiscard]] std::string join(std::span<const std::string> words,
                               std::string_view separator = ", ");

/// "1.5 GiB", "12 B".
[[nodiscard]] std::string format_bytes(double bytes);

}  // namespace vcisr
