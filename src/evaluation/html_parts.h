// SPDX-License-Identifier: Apache-2.0
// The parts of the page that html_report() puts together; each is "" where there is nothing to
// show.
#pragma once

#include <string>
#include <string_view>

#include "evaluation/report_data.h"

namespace vcisr::evaluation {

/// In one line, for text and attributes.
[[nodiscard]] std::string html_text(std::string_view text);

/// "<section><h2>title</h2>body</section>", "" without a body.
[[nodiscard]] std::string html_section(std::string_view title, const std::string& body);

/// A row for each metric: mean, median, stdev, min and max with their places.
[[nodiscard]] std::string html_overall(const Digest& digest);

/// Pooled scores over all frames.
[[nodiscard]] std::string html_pooled(const Digest& digest);

/// A row for each sequence where there are several, sorted by a click on a head, and the statistics
/// of each film.
[[nodiscard]] std::string html_sequences(const Digest& digest);

/// Every frame of one film, where they are not too many.
[[nodiscard]] std::string html_frames(const Digest& digest);

/// A chart for each column: over the frames of films, over sorted pictures.
[[nodiscard]] std::string html_charts(const Digest& digest);

/// Result::worst, side by side with their references.
[[nodiscard]] std::string html_worst(const Digest& digest);

}  // namespace vcisr::evaluation
