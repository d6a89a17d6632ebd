// SPDX-License-Identifier: Apache-2.0
// The two file formats that BRISQUE models come in. Every function throws CheckpointError without
// the path: of another format, damaged, cut off, of another kind of machine, not finite.
#pragma once

#include <string>
#include <string_view>

#include "vcisr/metrics/brisque.h"

namespace vcisr::metrics {

/// svm-train's model: epsilon- or nu-SVR, RBF kernel, 36 features. What a vector leaves out is 0.
[[nodiscard]] RbfRegression parse_libsvm_model(std::string_view text);
/// svm-scale's range file, all 36 features of it.
[[nodiscard]] FeatureRange parse_libsvm_range(std::string_view text);

/// Whether the text begins as OpenCV's YAML does.
[[nodiscard]] bool is_opencv_yaml(std::string_view text);
/// cv::ml::SVM's file: EPS_SVR or NU_SVR, RBF, var_count 36, one decision function.
[[nodiscard]] RbfRegression parse_opencv_model(std::string_view text);
/// A 2 x 36 matrix `range`: the lowest, then the highest values; scaled to -1 .. 1.
[[nodiscard]] FeatureRange parse_opencv_range(std::string_view text);

/// A finite number that is the whole word; `what` names it in the message.
[[nodiscard]] double finite_number(std::string_view word, const std::string& what);
[[nodiscard]] std::size_t whole_number(std::string_view word, const std::string& what);

/// Errors  CheckpointError: a kernel width that is not positive, no vectors.
void check_regression(const RbfRegression& regression);
/// Errors  CheckpointError: a feature whose lowest value is not below its highest.
void check_range(const FeatureRange& range);

}  // namespace vcisr::metrics
