// SPDX-License-Identifier: Apache-2.0
#include "support/warnings_are_failures.h"

#include <mutex>
#include <string_view>

#include <gtest/gtest.h>

#include "vcisr/core/log.h"

namespace vcisr::tests {
namespace {

std::mutex mutex;
std::vector<std::string> collected;
bool collecting = false;

}  // namespace

void install_warnings_are_failures() {
  log::set_level(log::Level::kInfo);
  log::set_sink([](log::Level level, std::string_view message) {
    if (level < log::Level::kWarn) return;
    const std::scoped_lock lock(mutex);
    if (collecting) {
      collected.emplace_back(message);
    } else {
      ADD_FAILURE() << "logged: " << message;
    }
  });
}

ExpectedWarnings::ExpectedWarnings() {
  const std::scoped_lock lock(mutex);
  collected.clear();
  collecting = true;
}

ExpectedWarnings::~ExpectedWarnings() {
  const std::scoped_lock lock(mutex);
  collecting = false;
}

std::vector<std::string> ExpectedWarnings::messages() const {
  const std::scoped_lock lock(mutex);
  return collected;
}

}  // namespace vcisr::tests
