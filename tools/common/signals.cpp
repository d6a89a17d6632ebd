// SPDX-License-Identifier: Apache-2.0
#include "common/signals.h"

#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>

#include <pthread.h>
#include <unistd.h>

#include "vcisr/core/file.h"

namespace vcisr::tools {

StopOnSignals::StopOnSignals(std::chrono::seconds patience, UserSignal user_signal) {
  // A reader that goes away is an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  if (user_signal == UserSignal::kStops) sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Waits for as long as the process lives; nothing in it needs cleaning up.
  std::thread([signals, patience, source = source_]() mutable {
    int signal = 0;
    while (sigwait(&signals, &signal) != 0) {
    }
    source.request_stop();
    // timeout(1) and terminals may signal twice within a moment: that is one wish, not two.
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const timespec none{0, 0};
    while (sigtimedwait(&signals, nullptr, &none) > 0) {
    }
    const timespec grace{static_cast<std::time_t>(patience.count()) - 1, 0};
    (void)sigtimedwait(&signals, nullptr, &grace);
    remove_temporary_files();
    ::_exit(130);
  }).detach();
}

}  // namespace vcisr::tools
