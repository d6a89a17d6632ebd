// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace vcisr::trainers {

/// Writes one self-contained HTML page (inline SVG, nothing from outside, no scripts) about the
/// training that metrics.jsonl tells of: its final numbers, the curves of the losses (as logged,
/// and smoothed), of the learning rate, of each validation metric by data set, and of the time per
/// step. Charts of which there are no numbers are left out.
///
/// Long trainings are thinned out to what a chart can show; extremes stay.
/// Errors  InputError: metrics.jsonl is missing or holds no step; OutputError. An existing page is
///         replaced.
void write_training_report(const std::filesystem::path& metrics_path,
                           const std::filesystem::path& page_path, const std::string& experiment);

}  // namespace vcisr::trainers
