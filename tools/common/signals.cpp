// SPDX-License-Identifier: Apache-2.0
#include "common/signals.h"

#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace vcisr::tools {

StopOnSignals::StopOnSignals() {
  // A reader that goes away is an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Waits for as long as the process lives; nothing in it needs cleaning up.
  std::thread([signals, source = source_]() mutable {
    for (int count = 0;; ++count) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (count > 0) ::_exit(130);
      source.request_stop();
    }
  }).detach();
}

}  // namespace vcisr::tools
