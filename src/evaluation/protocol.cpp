// SPDX-License-Identifier: Apache-2.0
#include "evaluation/protocol.h"

#include <algorithm>

namespace vcisr::evaluation {
namespace {

bool has_kind(const std::vector<EvaluationItem>& items, media::FileKind kind) {
  return std::any_of(items.begin(), items.end(),
                     [kind](const EvaluationItem& item) { return item.kind == kind; });
}

std::string depth_text(const EvaluationOptions& options) {
  if (!options.bit_depth) return "samples as the files have them, peak 2^bits - 1";
  return "samples brought to " + std::to_string(*options.bit_depth) + " bits, peak 2^bits - 1";
}

std::string film_text(const EvaluationOptions& options) {
  std::string text =
      "films: frames compared by number as stored (rotation not applied), " + depth_text(options) +
      "; edit lists " + (options.decoder.ignore_edit_list ? "ignored" : "honoured") +
      "; RGB by each film's matrix and range, chroma by Catmull-Rom bicubic, rounded "
      "half to even";
  if (options.subsample > 1) {
    text += "; every " + std::to_string(options.subsample) + "th frame, from the first";
  }
  if (options.decoder.start_s || options.decoder.end_s) text += "; a part of the films";
  if (options.decoder.keep_going) text += "; damaged parts of films left out or concealed";
  if (options.accepted.range) text += "; colour ranges may differ";
  if (options.accepted.matrix) text += "; colour matrices may differ";
  if (options.accepted.count) text += "; films of different lengths: what both have";
  return text;
}

}  // namespace

std::vector<std::string> protocol_of(const std::vector<EvaluationItem>& items,
                                     const std::vector<metrics::MetricPtr>& metrics,
                                     const EvaluationOptions& options) {
  std::vector<std::string> lines;
  if (has_kind(items, media::FileKind::kPicture)) {
    lines.push_back("pictures: RGB, grey as three equal channels, " + depth_text(options) +
                    ", EXIF orientation applied, transparency left out, colour profiles not "
                    "applied");
  }
  if (has_kind(items, media::FileKind::kFilm)) lines.push_back(film_text(options));
  for (const auto& metric : metrics) lines.push_back(metric->info().protocol);
  lines.emplace_back(
      items.size() == 1
          ? "statistics over frames; identical frames (inf) are left out and counted; stdev of the "
            "population"
          : "statistics over the means of files, each counting once; identical frames (inf) are "
            "left out and counted; stdev of the population");
  return lines;
}

}  // namespace vcisr::evaluation
