// SPDX-License-Identifier: Apache-2.0
// Words and numbers as reports show them: the same whatever the program's locale is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vcisr/metrics/metric.h"

namespace vcisr::evaluation {

/// Bytes that are not UTF-8 become U+FFFD; all else is kept.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// Valid UTF-8 that cannot move a terminal's cursor or turn a page's text around: line ends and
/// tabs are spaces, other control characters U+FFFD.
[[nodiscard]] std::string one_line(std::string_view text);

/// Columns of a terminal that valid UTF-8 takes.
[[nodiscard]] int display_width(std::string_view text);

/// At most `width` columns, at least 1: where it is longer, its middle is "…".
[[nodiscard]] std::string shortened(std::string_view text, int width);

/// Spaces up to `width` columns, behind the text or before it.
[[nodiscard]] std::string left_aligned(std::string_view text, int width);
[[nodiscard]] std::string right_aligned(std::string_view text, int width);

/// Lines of at most `width` columns, broken at spaces (a longer word stands alone), each with its
/// line end; the first begins with `first`, the others with as many spaces.
[[nodiscard]] std::string wrapped(std::string_view text, int width, std::string_view first);

/// "32.1235", "inf", "n/a" for NaN; numbers too large for it as "1.5e+20". Never "-0.0000".
[[nodiscard]] std::string number_text(double value, int decimals);

/// At most so many digits: "0.0125", "2e-04"; "inf", "nan".
[[nodiscard]] std::string general_text(double value, int digits);

/// "1 frame", "300 frames".
[[nodiscard]] std::string counted(std::int64_t count, std::string_view noun);

/// "↑" or "↓": where better numbers are.
[[nodiscard]] std::string arrow(metrics::Better better);

/// "psnr_y (dB) ↑".
[[nodiscard]] std::string column_title(const metrics::Column& column);

/// "32.1235 dB".
[[nodiscard]] std::string value_with_unit(double value, const metrics::Column& column);

}  // namespace vcisr::evaluation
