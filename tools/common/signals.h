// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <stop_token>

namespace vcisr::tools {

/// SIGINT, SIGTERM and SIGHUP ask the work to stop. What has not stopped after `patience` (a reader
/// that waits for a pipe), or at another signal after one second, ends with the process: code 130,
/// temporary files removed.
///
/// Make it at the start of main(), before any other thread: threads inherit the blocked signals.
class StopOnSignals {
 public:
  /// Schedulers announce the end of a job by SIGUSR1.
  enum class UserSignal { kUntouched, kStops };

  explicit StopOnSignals(std::chrono::seconds patience = std::chrono::seconds(3),
                         UserSignal user_signal = UserSignal::kUntouched);
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
};

}  // namespace vcisr::tools
